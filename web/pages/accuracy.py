"""How often the classifier is right (准确率), for anyone to read."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from store.engine import reading
from web.pages.routing import get_page
from web.reading.accuracy import FEW_OF_INDUSTRY, FEW_OF_LANGUAGE, published_evaluation
from web.rendering import render
from web.site import site_of

router = APIRouter()


@get_page(router, "/accuracy", "accuracy")
async def accuracy(request: Request) -> Response:
    """The last published evaluation, or that there is none yet."""
    with reading(site_of(request).engine) as session:
        measured = published_evaluation(session)
    return render(
        request, "accuracy.html", measured=measured, few_of_industry=FEW_OF_INDUSTRY, few_of_language=FEW_OF_LANGUAGE
    )

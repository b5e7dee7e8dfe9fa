// One press copies the text to pass on. Without scripts the text stands there to be selected.
(function () {
  var text = document.getElementById("copy-text");
  var button = document.getElementById("copy-button");
  if (!text || !button || !(document.queryCommandSupported || navigator.clipboard)) { return; }
  button.hidden = false;
  function done() { button.textContent = "已复制"; }
  button.onclick = function () {
    text.focus();
    text.setSelectionRange(0, text.value.length); // old iOS selects nothing by select()
    try { if (document.execCommand("copy")) { done(); return; } } catch (e) { /* tried below */ }
    if (navigator.clipboard) { navigator.clipboard.writeText(text.value).then(done, function () {}); }
  };
})();

"use strict";
// Search and filter. Without this script everything is there, and nothing is hidden.
(() => {
  const form = document.querySelector("form.filter");
  if (!form) return;
  const [search, verdict, found] = ["search", "verdict", "found"].map((id) => document.getElementById(id));
  const entries = [...document.querySelectorAll(".entry")];
  const texts = new Map();
  const text = (node) => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = (node) => words.every((word) => text(node).includes(word));
    const hasVerdict = (node) => !verdict.value || node.dataset.verdicts.split(" ").includes(verdict.value);
    let shown = 0;
    for (const entry of entries) {
      entry.hidden = !(hasVerdict(entry) && matches(entry));
      if (entry.hidden) continue;
      shown += 1;
      const cases = [...entry.querySelectorAll("tr.case")];
      const some = words.length > 0 && cases.some(matches);
      for (const row of cases) row.hidden = !hasVerdict(row) || (some && !matches(row));
    }
    const isNarrow = (words.length > 0 || verdict.value) && shown <= 20;
    for (const entry of entries) {
      const details = entry.querySelector(".cases details");
      if (details && !entry.hidden) details.open = Boolean(isNarrow);
    }
    for (const section of document.querySelectorAll("section.area, section.group")) {
      section.hidden = !section.querySelector(".entry:not([hidden])") && section.querySelector(".entry") !== null;
    }
    found.value = words.length || verdict.value ? `${shown} of ${entries.length}` : "";
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  // What is folded is opened to be printed, and where a link leads into it. What isn't printed stays as it is.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open]):not(.steps):not(.times):not(.cases details)")];
    for (const details of opened) details.open = true;
  });
  addEventListener("afterprint", () => { for (const details of opened) details.open = false; });
  const follow = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  follow();
})();

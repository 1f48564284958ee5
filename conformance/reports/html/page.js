"use strict";
document.documentElement.classList.add("scripted");
const cases = [...document.querySelectorAll(".case")];
const words = new Map(cases.map((one) => [one, one.querySelector("summary").textContent.toLowerCase()]));
const boxes = [...document.querySelectorAll("input[name=verdict]")];
const search = document.getElementById("search");
const section = document.getElementById("section");
function filter() {
  const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const text = search.value.trim().toLowerCase();
  let count = 0;
  for (const part of document.querySelectorAll(".section")) {
    let any = false;
    const inside = section.value === "" || part.dataset.section === section.value;
    for (const one of part.querySelectorAll(".case")) {
      one.hidden = !(inside && wanted.has(one.dataset.verdict) && words.get(one).includes(text));
      any ||= !one.hidden;
      count += one.hidden ? 0 : 1;
    }
    part.hidden = !any;
  }
  document.getElementById("shown").value = `${count} of ${cases.length} shown`;
  document.getElementById("nothing").hidden = count > 0;
}
function showAll() {
  boxes.forEach((box) => { box.checked = true; });
  search.value = "";
  section.value = "";
  filter();
}
function follow() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target === null) return;
  if (target.closest("[hidden]") !== null) showAll();
  if (target.matches(".case")) target.open = true;
  target.scrollIntoView();
}
boxes.forEach((box) => box.addEventListener("change", filter));
search.addEventListener("input", filter);
section.addEventListener("change", filter);
document.getElementById("open").addEventListener("click", () => cases.forEach((one) => { one.open ||= !one.hidden; }));
document.getElementById("close").addEventListener("click", () => cases.forEach((one) => { one.open = false; }));
window.addEventListener("hashchange", follow);
filter();
follow();

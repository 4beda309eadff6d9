// Searches the sections of the bulletins. Without it, the page lists them all.
(() => {
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const entries = window.tielineSections.map((e) => ({ ...e, seen: fold(`${e.title} ${e.text}`) }));
  const input = document.getElementById("search");
  const list = document.getElementById("found");
  const said = document.getElementById("said");
  const around = (text, word) => {
    const at = fold(text).indexOf(word);
    const begin = Math.max(0, at - 30);
    return (begin ? "…" : "") + text.slice(begin, begin + 120);
  };
  const show = () => {
    const words = fold(input.value).split(/\s+/).filter(Boolean);
    const found = words.length ? entries.filter((e) => words.every((w) => e.seen.includes(w))) : [];
    list.replaceChildren(...found.slice(0, 50).map((e) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = e.href;
      link.textContent = e.title;
      const text = document.createElement("p");
      text.textContent = around(e.text, words[0]);
      item.append(link, text);
      return item;
    }));
    said.textContent = words.length ? (found.length ? `${said.dataset.found}: ${found.length}` : said.dataset.nothing) : "";
  };
  document.getElementById("ask").hidden = false;
  input.addEventListener("input", show);
  const given = new URLSearchParams(location.search).get("q");
  if (given) { input.value = given; show(); }
})();

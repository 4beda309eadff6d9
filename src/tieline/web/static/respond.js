"use strict";
// Pick what breaks on the map; move the moment and let the maps follow.

(function () {
  const id = (name) => document.getElementById(name);
  const SVG = "http://www.w3.org/2000/svg";
  const REACH = 26;

  function distance(x, y, line) {
    const [, ax, ay, bx, by] = line;
    const dx = bx - ax, dy = by - ay;
    const length = dx * dx + dy * dy;
    const t = length ? Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length)) : 0;
    return Math.hypot(x - ax - t * dx, y - ay - t * dy);
  }

  const picker = id("picker");
  if (picker) {
    const svg = picker.querySelector("svg");
    const field = id("fault");
    const texts = JSON.parse(id("broken").dataset.texts);
    const marks = document.createElementNS(SVG, "g");
    svg.append(marks);
    let assets = [];
    fetch("/api/v1/networks/" + encodeURIComponent(picker.dataset.network) + "/assets")
      .then((answer) => answer.json())
      .then((found) => { assets = found.assets || []; mark(); });

    const named = () => field.value.split(/[\s,;，；、]+/).filter(Boolean);

    function nearest(event) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
      let best = null, least = REACH;
      for (const line of assets) {
        const d = distance(at.x, at.y, line);
        if (d < least) { least = d; best = line; }
      }
      return best;
    }

    function drawLine(line, kind) {
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", `M${line[1]} ${line[2]}L${line[3]} ${line[4]}`);
      path.setAttribute("class", kind);
      return path;
    }

    function mark(hover) {
      const broken = new Set(named().map((f) => f.split(":")[0]));
      const shown = assets.filter((line) => broken.has(line[0])).map((line) => {
        const x = (line[1] + line[3]) / 2, y = (line[2] + line[4]) / 2;
        const cross = document.createElementNS(SVG, "path");
        cross.setAttribute("d", `M${x - 12} ${y - 12}l24 24m0 -24l-24 24`);
        cross.setAttribute("class", "cross");
        return cross;
      });
      marks.replaceChildren(...(hover ? [drawLine(hover, "near")] : []), ...shown);
    }

    svg.addEventListener("pointermove", (event) => mark(nearest(event)));
    svg.addEventListener("pointerleave", () => mark());
    svg.addEventListener("click", (event) => {
      const line = nearest(event);
      if (!line) return;
      const names = named();
      const there = names.findIndex((f) => f.split(":")[0] === line[0]);
      if (there >= 0) names.splice(there, 1); else names.push(line[0]);
      field.value = names.join(" ");
      id("incident").value = "";
      id("said").textContent = (there >= 0 ? texts.unpicked : texts.picked).replace("{id}", line[0]);
      mark(line);
    });
    field.addEventListener("input", () => { if (named().length) id("incident").value = ""; mark(); });
  }

  const scrub = id("scrub");
  const figures = [...document.querySelectorAll("figure[data-state]")];
  if (!scrub || !figures.length) return;
  scrub.hidden = false;
  const slider = id("moment");
  const output = scrub.querySelector("output");
  const button = scrub.querySelector("[data-play]");
  const texts = JSON.parse(scrub.dataset.texts);
  const end = Number(scrub.dataset.end);
  const shown = figures.map((figure) => {
    const now = document.createElement("p");
    now.className = "now";
    figure.querySelector("figcaption").before(now);
    return {
      now,
      name: figure.querySelector("h3").textContent,
      curve: figure.dataset.curve.split(" ").filter(Boolean).map((p) => p.split(":").map(Number)),
      lines: [...figure.querySelectorAll("path[data-back]")],
      marks: [...figure.querySelectorAll("g[data-at]")],
    };
  });

  function clock(seconds) {
    const whole = Math.round(seconds);
    const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60;
    const two = (n) => String(n).padStart(2, "0");
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }

  function show() {
    const share = Number(slider.value) / Number(slider.max);
    const t = share * share * end;
    const text = texts.at.replace("{time}", clock(t));
    output.textContent = text;
    const told = [text];
    for (const one of shown) {
      let out = 0;
      for (const [at, customers] of one.curve) { if (at <= t + 0.5) out = customers; }
      const said = texts.out.replace("{state}", one.name).replace("{n}", out.toLocaleString("en"));
      one.now.textContent = said;
      told.push(said);
      for (const line of one.lines) line.classList.toggle("dark", t < Number(line.dataset.back) - 0.5);
      for (const mark of one.marks) mark.classList.toggle("later", t < Number(mark.dataset.at) - 0.5);
    }
    slider.setAttribute("aria-valuetext", told.join(". "));
  }

  let playing = null;
  function stop() {
    clearInterval(playing);
    playing = null;
    button.textContent = texts.play;
  }
  button.addEventListener("click", () => {
    if (playing) { stop(); return; }
    if (Number(slider.value) >= Number(slider.max)) slider.value = 0;
    button.textContent = texts.pause;
    playing = setInterval(() => {
      slider.value = Number(slider.value) + 4;
      show();
      if (Number(slider.value) >= Number(slider.max)) stop();
    }, 50);
  });
  slider.addEventListener("input", () => { stop(); show(); });
  show();
})();

"use strict";
// The region's page answers each click; every page follows a job that is under way.
// Without this file the same pages work by their forms.
document.documentElement.classList.add("has-script");

(function () {
  const POLL_MS = 400;
  const id = (name) => document.getElementById(name);
  const parse = (text) => new DOMParser().parseFromString(text, "text/html");
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  function say(text) {
    const place = id("said");
    if (place) place.textContent = text;
  }

  function put(place, part) {
    if (place && part) place.replaceChildren(...part.childNodes);
  }

  // Follow the job a part of a page shows until it is over; draws its progress; its last state.
  async function follow(box, signal) {
    const bar = box.querySelector("progress");
    const words = box.querySelector("[data-progress-text]");
    const texts = JSON.parse(box.dataset.texts || "{}");
    for (;;) {
      await pause(POLL_MS);
      if (signal && signal.aborted) return "left";
      const answer = await fetch("/api/v1/jobs/" + box.dataset.job, {signal});
      if (!answer.ok) return "gone";
      const job = await answer.json();
      if (job.total) {
        bar.max = job.total;
        bar.value = job.done;
        if (texts.progress) {
          words.textContent = texts.progress.replace("{done}", job.done).replace("{total}", job.total);
        } else {
          words.textContent = job.done + " / " + job.total;
        }
      } else if (texts[job.state]) {
        words.textContent = texts[job.state];
      }
      if (job.state !== "waiting" && job.state !== "running") return job.state;
    }
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-cancel]");
    if (!button) return;
    event.preventDefault();
    fetch("/api/v1/jobs/" + button.closest("[data-job]").dataset.job, {method: "DELETE"});
  });

  const form = id("choice");
  if (!form) {
    const box = document.querySelector("[data-job]");
    if (box) follow(box).then(() => location.reload());
    return;
  }

  const figures = id("figures");
  const texts = JSON.parse(figures.dataset.texts);
  let current = null;

  function query() {
    const chosen = new URLSearchParams(new FormData(form));
    return chosen.toString();
  }

  // A part of the page from the server; while it is a job, the job is shown and followed.
  async function part(address, signal, show) {
    for (;;) {
      const answer = await fetch(address, {signal, headers: {accept: "text/html"}});
      const found = parse(await answer.text());
      if (answer.status !== 202) return {ok: answer.ok, found};
      show(found);
      const box = document.querySelector("[data-job]");
      const state = box ? await follow(box, signal) : "gone";
      if (state === "cancelled" || state === "failed") return {ok: false, found};
    }
  }

  async function update() {
    if (current) current.abort();
    current = new AbortController();
    const signal = current.signal;
    const asked = query();
    history.replaceState(null, "", "/?" + asked);
    const busy = setTimeout(() => figures.classList.add("busy"), 150);
    try {
      const {ok, found} = await part("/region/answer?" + asked, signal, (job) => {
        figures.classList.remove("busy");
        put(figures, job.querySelector("[data-part=figures]"));
      });
      if (ok) {
        put(figures, found.querySelector("[data-part=figures]"));
        put(id("chapters"), found.querySelector("[data-part=chapters]"));
        const headline = figures.querySelector(".headline");
        say(texts.updated + " " + (headline ? headline.textContent : ""));
      } else {
        const told = found.querySelector("[role=alert]");
        say(told ? told.textContent : texts.failed);
        if (told) put(figures, told.parentElement);
      }
      await draw(asked, signal);
    } catch (error) {
      if (error.name !== "AbortError") say(texts.failed);
    } finally {
      clearTimeout(busy);
      if (!signal.aborted) figures.classList.remove("busy");
    }
  }

  async function draw(asked, signal) {
    const open = id("chart").querySelector("details[open]") !== null;
    const {ok, found} = await part("/region/chart?" + asked, signal, () => {});
    if (!ok) return;
    put(id("chart"), found.querySelector("[data-part=chart]"));
    const details = id("chart").querySelector("details");
    if (details && open) details.open = true;
  }

  form.addEventListener("change", (event) => {
    if (event.target.name === "day") return;
    if (event.target.name === "show") {
      if (current) current.abort();
      current = new AbortController();
      draw(query(), current.signal).catch(() => {});
      return;
    }
    update();
  });

  form.addEventListener("click", (event) => {
    const all = event.target.dataset.setAll || event.target.dataset.setNone;
    if (!all) return;
    const within = event.target.closest("fieldset") || form;  // one topic at a time
    for (const box of within.querySelectorAll(`input[name="${all}"]`)) {
      box.checked = Boolean(event.target.dataset.setAll);
    }
    update();
  });

  if (figures.querySelector("[data-job]")) {
    update();
  } else if (id("chart").querySelector("[data-missing]")) {
    current = new AbortController();
    draw(query(), current.signal).catch(() => {});
  }
})();

// What every page may use: the GOV.UK components, polled parts, countdowns.
import { initAll } from "./vendor/govuk-frontend/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");
initAll();

// <div data-poll="/address" data-poll-seconds="5">: replaces its content when the server has another.
function poll(part) {
  const seconds = Number(part.dataset.pollSeconds) || 5;
  const notice = part.parentElement.querySelector(".gx-live__stale");
  let etag = part.dataset.pollEtag;
  let misses = 0;

  async function ask() {
    if (document.hidden) return wait();
    try {
      const headers = etag ? { "If-None-Match": etag } : {};
      const answer = await fetch(part.dataset.poll, { headers, cache: "no-store" });
      if (answer.redirected || answer.status === 410) return; // signed out, or over: stop asking
      if (answer.status === 200 && !isBeingUsed(part)) {
        part.innerHTML = await answer.text();
        etag = answer.headers.get("ETag");
      } else if (![200, 304].includes(answer.status)) {
        throw new Error(`status ${answer.status}`);
      }
      misses = 0;
    } catch {
      misses += 1;
    }
    if (notice) notice.hidden = misses < 2;
    wait();
  }
  function wait() {
    // A server in trouble is asked less and less often, at most once a minute.
    setTimeout(ask, Math.min(seconds * 2 ** misses, Math.max(60, seconds)) * 1000);
  }
  wait();
}

// Nobody's focus or half-typed answer is taken away by an update.
function isBeingUsed(part) {
  return part !== document.activeElement && part.contains(document.activeElement);
}

document.querySelectorAll("[data-poll]").forEach(poll);

// <time data-countdown datetime=… data-now=…>: counts down on the server's clock.
const lags = new WeakMap();
const plural = new Intl.PluralRules(document.documentElement.lang);

function countDown(time) {
  if (!lags.has(time)) lags.set(time, Date.parse(time.dataset.now) - Date.now());
  const left = Math.floor((Date.parse(time.dateTime) - Date.now() - lags.get(time)) / 1000);
  time.textContent = left > 0 ? wordSpan(left, time.dataset) : time.dataset.ended;
  time.classList.toggle("gx-countdown__time--soon", left > 0 && left < 600);
}

function wordSpan(seconds, { day, days }) {
  const two = (number) => String(Math.floor(number)).padStart(2, "0");
  const clock = `${two((seconds % 86400) / 3600)}:${two((seconds % 3600) / 60)}:${two(seconds % 60)}`;
  const whole = Math.floor(seconds / 86400);
  return whole ? `${whole} ${plural.select(whole) === "one" ? day : days} ${clock}` : clock;
}

function countAllDown() {
  document.querySelectorAll("time[data-countdown]").forEach(countDown);
}
countAllDown();
setInterval(countAllDown, 1000);

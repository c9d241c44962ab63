// Pages of fields: what is typed is kept while somebody types, and nobody leaves without a question.
const WAIT = 4000;

function keep(form) {
  const state = form.querySelector("[data-keep-state]");
  const before = new URLSearchParams(new FormData(form)).toString();
  let sent = before;
  let timer;
  let leaving = false;

  const typed = () => new URLSearchParams(new FormData(form));

  async function send() {
    const body = typed();
    if (body.toString() === sent) return;
    const text = body.toString();
    body.set("_action", "keep");
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      sent = text;
      if (state) state.textContent = state.dataset.kept;
    } catch {
      if (state) state.textContent = state.dataset.failed;
    }
  }

  form.addEventListener("input", () => {
    if (state) state.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(send, WAIT);
  });
  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && typed().toString() !== before) event.preventDefault();
  });
}

document.querySelectorAll("form[data-keep]").forEach(keep);

// A field's page shows the rules of the kind chosen; without the script all of them stand there.
const kind = document.querySelector("select[name=kind]");
const rules = document.querySelectorAll("[data-for-kinds]");
function showRules() {
  for (const rule of rules) rule.hidden = !rule.dataset.forKinds.split(" ").includes(kind.value);
}
if (kind && rules.length) {
  kind.addEventListener("change", showRules);
  showRules();
}

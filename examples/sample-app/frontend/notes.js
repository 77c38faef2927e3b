// The page talks to the API at its own address; the load balancer sends /api/ there.
const list = document.querySelector("ul");
const status = document.querySelector("[role=status]");
const form = document.querySelector("form");

function item(note) {
  const line = document.createElement("li");
  const words = note.words === null ? "not counted yet" : `${note.words} words`;
  line.textContent = `${note.text} (${words})`;
  return line;
}

async function show() {
  const answer = await fetch("/api/notes");
  if (!answer.ok) throw new Error(`The API answered ${answer.status}.`);
  list.replaceChildren(...(await answer.json()).map(item));
}

async function keep(event) {
  event.preventDefault();
  const text = new FormData(form).get("text");
  const answer = await fetch("/api/notes", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text }),
  });
  if (!answer.ok) throw new Error(`The API answered ${answer.status}.`);
  form.reset();
  await show();
}

const say = (error) => (status.textContent = error.message);
form.addEventListener("submit", (event) => keep(event).catch(say));
show().catch(say);

// Small pieces of the page. Text is always set as text.

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A name, whatever its direction.
 * @param {string} text
 */
function isolated(text) {
  return element("bdi", {}, text);
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 */
function labelled(text, control) {
  return element("label", {}, text, control);
}

/**
 * @param {string} text
 * @param {() => void} press
 */
function button(text, press) {
  const made = element("button", {type: "button"}, text);
  made.addEventListener("click", press);
  return made;
}

/**
 * @param {{value: string, text: string}[]} options
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
function choice(options, chosen, choose) {
  const made = element("select");
  for (const {value, text} of options) made.append(element("option", {value, dir: "auto"}, text));
  made.value = chosen;
  made.addEventListener("change", () => choose(made.value));
  return made;
}

/**
 * Runs `work` and leaves how long it took to the browser's own timeline.
 * @template T
 * @param {string} what
 * @param {() => T} work
 * @returns {T}
 */
function timed(what, work) {
  const start = performance.now();
  const result = work();
  performance.measure(`crossfold ${what}`, {start, end: performance.now()});
  return result;
}

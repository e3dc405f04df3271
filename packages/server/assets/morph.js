// Makes a part of the page into what the server has rendered by changing only the nodes that differ, so that the
// keyboard focus, the selection, scroll positions, opened <details> and half-filled forms stay. Nodes with the same key
// are the same thing: `data-key`, an id, or the value of an <option>.

/** Makes an element's content what the HTML says, which the server has rendered as it renders pages. */
export function morph(element, html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  const hadFocus = element.contains(document.activeElement);
  morphChildren(element, template.content);
  // What had the focus is gone: the next Tab goes on from here, not from the top of the page.
  if (hadFocus && !element.contains(document.activeElement)) element.focus({ preventScroll: true });
}

function morphChildren(parent, wanted) {
  const known = new Map();
  for (const child of parent.children) if (keyOf(child)) known.set(keyOf(child), child);
  const wantedKeys = new Set(Array.from(wanted.children, keyOf));
  let current = parent.firstChild;
  for (const next of Array.from(wanted.childNodes)) {
    const key = keyOf(next);
    const same = key ? known.get(key) : undefined;
    // Of several with the same key, the first is taken.
    known.delete(key);
    if (same) current = removeUntil(same, current, wantedKeys);
    const match = same ?? (isAlike(current, next) ? current : undefined);
    if (match === undefined) {
      // A copy: the first <option> of the template's <select> counts as chosen there, and would be here.
      parent.insertBefore(document.importNode(next, true), current);
    } else {
      if (match === current) current = current.nextSibling;
      else move(parent, match, current);
      morphNode(match, next);
    }
  }
  while (current !== null) {
    const { nextSibling } = current;
    current.remove();
    current = nextSibling;
  }
}

/**
 * Removes what is not wanted from a node on, up to the given one or another that is wanted; gives what stands there
 * then.
 */
function removeUntil(same, from, wantedKeys) {
  let current = from;
  while (current !== null && current !== same && !wantedKeys.has(keyOf(current) || null)) {
    const { nextSibling } = current;
    current.remove();
    current = nextSibling;
  }
  return current;
}

/** What moves keeps its state where the browser can do that. */
function move(parent, node, before) {
  if (parent.moveBefore) parent.moveBefore(node, before);
  else parent.insertBefore(node, before);
}

function isAlike(node, next) {
  return node !== null && node.nodeName === next.nodeName && !keyOf(node) && !keyOf(next);
}

function morphNode(node, next) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== next.nodeValue) node.nodeValue = next.nodeValue;
    return;
  }
  if (node.isEqualNode(next)) return;
  for (const { name } of Array.from(node.attributes)) {
    if (!next.hasAttribute(name) && !isReaders(node, name)) node.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (node.getAttribute(name) !== value && !isReaders(node, name)) node.setAttribute(name, value);
  }
  morphChildren(node, next);
}

/** What the reader decides, not the server. */
function isReaders(node, name) {
  return name === 'open' && node.localName === 'details';
}

function keyOf(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return '';
  const key = node.dataset.key || node.id || (node.localName === 'option' ? node.value : '');
  return key && `${node.localName} ${key}`;
}

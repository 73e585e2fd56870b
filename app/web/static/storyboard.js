// The picture of any second of a recording, which the server cuts out of its storyboard.

/**
 * Shows a second of a recording; of those that come while a picture is on its way, only the last.
 * @param {HTMLImageElement} image @param {string} recording @param {number} at
 */
export function show(image, recording, at) {
  const address = `/thumbnails/${encodeURIComponent(recording)}/at/${Math.floor(at)}`;
  /** @param {Event} event */
  const turn = ({ type }) => {
    image.hidden = type === "error"; // there is no picture of that second
    if (image.getAttribute("src") !== address) image.src = address;
  };
  Object.assign(image, { onload: turn, onerror: turn });
  if (image.complete && image.getAttribute("src") !== address) image.src = address;
}

// What is pressed to be played: links of the form #seek=<recording>,<seconds>,<end>,<quote>, and pictures of moments.
// It imports nothing, so that it hears what is pressed before the player is there, which plays it then.

/** Has what is pressed played by `play`, and what was pressed before. @type {(play: (pressed: HTMLElement) => unknown) => void} */
export let onPressed;

/** @type {Promise<(pressed: HTMLElement) => unknown>} */
const player = new Promise((resolve) => { onPressed = resolve; });

document.addEventListener("click", (event) => {
  const pressed = event.target instanceof Element && event.target.closest('a[href*="#seek="], a[href*="#cite="], .eb-moment[data-seek]');
  if (!(pressed instanceof HTMLElement)) return;
  event.preventDefault();
  event.stopPropagation();
  player.then((play) => play(pressed));
}, true);

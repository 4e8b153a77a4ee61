// Improves the server's own pages, which work without it.

/** The pressed button says that its form is on its way, and cannot be pressed again. */
function showSending(form: HTMLFormElement): void {
  form.addEventListener('submit', (event) => {
    const button = event.submitter
    // A disabled button's name would not be sent.
    if (button instanceof HTMLButtonElement) setTimeout(() => button.setAttribute('aria-busy', 'true'))
  })
}

for (const form of document.forms) showSending(form)

// Asks the browser's passkeys, and puts their answer into the form. Without script or passkeys the form stays hidden.

const can = globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON;
const ask = {
  get: (options) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  create: (options) => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
};

for (const form of can ? document.querySelectorAll("form[data-passkey]") : []) {
  form.hidden = false;
  const failed = form.querySelector("[data-failed]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const made = await ask[form.dataset.passkey](JSON.parse(form.dataset.options));
      form.querySelector("[data-answer]").value = JSON.stringify(made);
      form.submit();
    } catch {
      failed.hidden = false; // cancelled, timed out, or none there
    }
  });
}
for (const note of can ? document.querySelectorAll("[data-no-passkey]") : []) note.hidden = true;

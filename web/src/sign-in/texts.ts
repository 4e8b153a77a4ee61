/** Why no passkey signed anybody in, where the page itself does not say it: they stand in the script, as the server may be out of reach. */
const TEXTS = {
  unused: {
    en: 'No passkey was used. Try again when you are ready, or go on without it.',
    de: 'Es wurde kein Passkey verwendet. Versuchen Sie es noch einmal, wenn Sie bereit sind, oder fahren Sie ohne ihn fort.',
    ar: 'لم يُستخدم أي مفتاح مرور. حاول مجددًا عندما تكون مستعدًا أو تابع بدونه.',
  },
  failed: {
    en: 'That did not work just now. Please try again in a moment.',
    de: 'Das hat gerade nicht geklappt. Bitte versuchen Sie es gleich noch einmal.',
    ar: 'لم ينجح ذلك الآن. حاول مرة أخرى بعد قليل.',
  },
} as const

/** A text in the language of the page. */
export function say(name: keyof typeof TEXTS): string {
  const { lang } = document.documentElement
  return lang === 'de' || lang === 'ar' ? TEXTS[name][lang] : TEXTS[name].en
}

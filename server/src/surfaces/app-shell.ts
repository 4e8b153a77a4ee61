import { html, say } from '../platform/http/html.ts'
import { speakerOf } from '../platform/http/locales/locales.ts'
import { siteFooter, siteHeader } from '../platform/http/pages.ts'
import type { Preferences } from '../platform/http/preferences.ts'
import { schemeAttribute } from '../platform/http/preferences.ts'
import type { Site } from '../platform/http/sites.ts'
import type { EntryFiles } from './web-build.ts'

/** The parts of the web app that are loaded apart. */
export type Entry = 'account' | 'admin'

interface Shell extends Preferences {
  files: EntryFiles
  /** For style elements that the app's components make. */
  nonce: string
  title: string
  /** How the pages of account holders look under this host. */
  site: Site | undefined
}

/** The page that an entry of the web app fills. */
export const appShell = ({ files, nonce, title, site, language, dir, scheme }: Shell): string =>
  html`<!doctype html>
<html lang="${language}" dir="${dir}"${schemeAttribute(scheme)}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<meta property="csp-nonce" nonce="${nonce}">
<title>${title}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/tokens.css">
${files.styles.map((href) => html`<link rel="stylesheet" href="${href}">`)}
${site && html`<link rel="stylesheet" href="${site.styles}">`}
${files.imports.map((href) => html`<link rel="modulepreload" href="${href}">`)}
<script type="module" src="${files.script}"></script>
</head>
<body>
${site && siteHeader(site)}
<div id="app" data-name="${title}"><p class="opening">${title}</p></div>
${site && siteFooter(site)}
<noscript>
<link rel="stylesheet" href="/assets/pages.css">
<main><h1>${title}</h1><p class="lead">${say('This page needs JavaScript. Signing in at other applications works without it.')}</p></main>
</noscript>
</body>
</html>
`.render(speakerOf(language))

import { type Html, html } from '../html.ts'
import type { Page } from '../pages.ts'
import type { Answer, Operation, Parameter, Reference, Section } from './document.ts'

/** The whole API on one page, so that the browser's own search finds everything in it. `url` stands in the examples. */
export const referencePage = ({ title, version, description, sections }: Reference, url: string): Page => ({
  title,
  width: 'full',
  main: html`<div class="stack">
<h1>${title}</h1>
<p class="lead">${description}</p>
<p class="quiet">Compatible with version ${version}. Everything is JSON; parameters may also be sent as a form. For programs
there is the <a href="/api/v1/swagger_doc">OpenAPI document</a>.</p>
</div>
<div class="reference">
<nav class="contents" aria-label="Operations">${sections.map(contents)}</nav>
<div class="operations">${sections.map((section) => sectionOf(section, url))}</div>
</div>`,
})

const contents = ({ name, operations }: Section): Html => html`<h2>${heading(name)}</h2>
<ul>${operations.map(({ id, summary }) => html`<li><a href="#${id}">${summary}</a></li>`)}</ul>`

const sectionOf = ({ name, description, operations }: Section, url: string): Html =>
  html`<div class="stack"><h2 id="${name}">${heading(name)}</h2>
<p class="quiet">${description}</p></div>
${operations.map((operation) => operationOf(operation, url))}`

const operationOf = (operation: Operation, url: string): Html => {
  const { id, verb, path, summary, closed, parameters, answers } = operation
  return html`<article class="card operation" id="${id}">
<h3><span class="verb ${verb.toLowerCase()}">${verb}</span><a href="#${id}">${path}</a></h3>
<p>${summary}${closed && html` <span class="quiet">Needs a token.</span>`}</p>
${
  parameters.length > 0 &&
  html`<div><h4>Parameters</h4>
<table class="fields">${parameters.map(parameterRow)}</table></div>`
}
<div><h4>Answers</h4>
<table class="fields">${answers.map(answerRow)}</table></div>
<div class="stack"><h4>Example</h4>
<pre>${example(operation, url)}</pre></div>
</article>`
}

const parameterRow = ({ name, place, type, required, description }: Parameter): Html => html`<tr>
<th scope="row"><code>${name}</code></th>
<td>${description} <span class="quiet">${[
  type,
  place === 'body' ? '' : `in the ${place}`,
  required ? 'required' : 'optional',
]
  .filter((word) => word !== '')
  .join(', ')}</span></td>
</tr>`

const answerRow = ({ status, description, body }: Answer): Html => html`<tr>
<th scope="row">${status}</th>
<td>${description}${body !== '' && html`<pre class="wrap">${body}</pre>`}</td>
</tr>`

function example({ verb, path, closed, multipart, parameters }: Operation, url: string): string {
  const fields = parameters.filter(({ place, required }) => required && place !== 'path')
  const flag = multipart ? '-F' : '-d'
  const value = ({ name, type }: Parameter) => (type === 'file' ? `@${name}.jpg` : '…')
  return [
    `curl ${verb === 'GET' ? (fields.length > 0 ? '-G ' : '') : `-X ${verb} `}${url}${path}`,
    ...(closed ? [`-H "Authorization: Bearer $TOKEN"`] : []),
    ...fields.map((field) => `${flag} ${field.name}=${value(field)}`),
  ].join(' \\\n  ')
}

const heading = (name: string): string => {
  const words = name.replaceAll('_', ' ')
  return words === 'api keys' ? 'API keys' : words.charAt(0).toUpperCase() + words.slice(1)
}

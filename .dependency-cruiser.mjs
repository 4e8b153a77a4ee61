// Who may import whom (docs/architecture.md). Type imports count like any other.
const src = '^server/src/'
const test = '\\.test\\.ts$|^server/test/'

/** From the top to the bottom: a layer may import from its own and from those below it. */
const layers = [
  { name: 'main and cli', path: `${src}(main\\.ts|cli/)` },
  { name: 'app and wire', path: `${src}(?!main|deps)[^/]+\\.ts` },
  { name: 'surfaces', path: `${src}surfaces/` },
  { name: 'features', path: `${src}features/` },
  { name: 'deps', path: `${src}deps\\.ts` },
  { name: 'platform', path: `${src}platform/` },
  { name: 'lib', path: `${src}lib/` },
]

/** From the bottom to the top: a feature may import only from rungs below its own. */
const ladder = [
  ['permissions'],
  ['audit'],
  ['review-cases', 'infections'],
  ['labels', 'applications', 'signing-keys', 'webhooks', 'notices', 'revocations', 'websites'],
  ['holds', 'devices', 'key-proofs'],
  ['guesses'],
  ['accounts', 'deliveries'],
  ['passkeys'],
  ['duties'],
  ['profiles', 'phones', 'documents', 'two-factor'],
  ['sessions', 'api-keys'],
  [
    'directory',
    'reviews',
    'dashboard',
    'erasure',
    'imports',
    'master-keys',
    'oauth',
    'management',
    'mail-links',
    'seeds',
  ],
  ['entrance', 'gateway'],
]

/** Imports and is imported by no other feature. */
const independent = ['mailbox']

const features = (names) => `${src}features/(${names.join('|')})/`
const packages = (names) => `(^|/)node_modules/(@types/)?(${names})(/|$)|^(${names})(/|$)`

const directions = layers.slice(1).map(({ name, path }, index) => ({
  name: `nothing upward from ${name}`,
  comment: 'main, cli -> app, wire -> surfaces -> features -> deps -> platform -> lib',
  severity: 'error',
  from: { path, pathNot: test },
  to: { path: layers.slice(0, index + 1).map((layer) => layer.path) },
}))

const rungs = [...ladder, independent].flatMap((names, rung) =>
  names.map((name) => ({
    name: `${name} stays on its rung`,
    comment: 'A feature imports only from rungs below its own; mailbox from none.',
    severity: 'error',
    from: { path: features([name]), pathNot: test },
    to: {
      path: `${src}features/`,
      pathNot: features([name, ...(independent.includes(name) ? [] : ladder.slice(0, rung).flat())]),
    },
  })),
)

const only = (name, names, places) => ({
  name,
  severity: 'error',
  from: { path: src, pathNot: [test, ...places] },
  to: { path: packages(names) },
})

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    { name: 'no cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every import resolves',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '^@barong/sdk' },
    },
    ...directions,
    ...rungs,
    {
      name: 'every feature has its rung',
      comment: 'A new feature is put on the ladder in .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: `${src}features/`, pathNot: features([...ladder.flat(), ...independent]) },
      to: {},
    },
    {
      name: 'features meet at the front door',
      comment: 'Another feature is used through its <feature>.ts or its schema.ts.',
      severity: 'error',
      from: { path: `${src}features/([^/]+)/`, pathNot: test },
      to: {
        path: `${src}features/([^/]+)/`,
        pathNot: [`${src}features/$1/`, `${src}features/[^/]+/schema\\.ts$`, ...doors()],
      },
    },
    {
      name: 'the product does not import tests',
      severity: 'error',
      from: { path: src, pathNot: test },
      to: { path: test },
    },
    only('fastify in routes, guards, surfaces and platform/http', 'fastify|@fastify|@scalar', [
      'routes\\.ts$',
      'guards?[^/]*\\.ts$',
      `${src}(surfaces/|platform/http/|app\\.ts)`,
    ]),
    only('kysely in stores, platform/db and platform/events', 'kysely', [
      '[/-]store\\.ts$',
      `${src}platform/(db|events)/`,
    ]),
    only('database drivers in platform/db', 'pg|node:sqlite|sqlite', [`${src}platform/db/`]),
    only('webauthn in features/passkeys', '@simplewebauthn', [`${src}features/passkeys/`]),
    {
      name: 'slow libraries are loaded when they are needed',
      comment: 'A start would load hundreds of modules more: import their types alone, or import() them.',
      severity: 'error',
      from: { path: src, pathNot: test },
      to: {
        path: packages('@fastify/type-provider-typebox|sharp|qrcode'),
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    ...web(),
    only('oidc-provider in features/oauth', 'oidc-provider', [`${src}features/oauth/`]),
  ],
  options: {
    // Parsed with TypeScript 6, the last one with a JavaScript API.
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
}

/** The web app: account and admin know nothing of each other, ui/ nothing of the product, and none of it the server. */
function web() {
  const folder = '^web/src/'
  const never = (name, from, to, pathNot = []) => ({
    name,
    severity: 'error',
    from: { path: from, pathNot: ['\\.test\\.tsx?$'] },
    to: { path: to, pathNot },
  })
  return [
    never('ui knows no product words', `${folder}ui/`, folder, [`${folder}ui/`]),
    never('account pages stand alone', `${folder}account/`, `${folder}(admin|sign-in)/`),
    never('the console stands alone', `${folder}admin/`, `${folder}(account|sign-in)/`),
    never('sign-in pages need nothing of the app', `${folder}sign-in/`, folder, [`${folder}sign-in/`]),
    never('api, i18n and boot are below the pages', `${folder}(api|i18n|boot)`, `${folder}(account|admin|sign-in)/`),
    never('the web app imports nothing of the server', folder, '^server/'),
    never('the server imports nothing of the web app', '^server/src/', '^web/'),
  ]
}

function doors() {
  return [...ladder.flat(), ...independent].map((name) => `${src}features/${name}/${name}\\.ts$`)
}

import { type Static, Type } from 'typebox'

const Color = Type.String({ pattern: '^#[0-9A-Fa-f]{6}$', description: 'Such as #1a2b3c' })
const NullableColor = Type.Union([Type.Null(), Color])
const Link = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 60, pattern: '\\S' }),
    url: Type.String({ minLength: 1, maxLength: 500, description: 'https address, mailto:, or a path of this server' }),
  },
  { title: 'WebsiteLink' },
)
const links = Type.Array(Link, { maxItems: 8 })
const title = Type.String({ minLength: 1, maxLength: 60, pattern: '\\S', description: 'Stands for APP_NAME' })

const looks = {
  title,
  accent: Type.Union([Type.Null(), Color], {
    description: 'Links and buttons; must be readable on light grounds (4.5 to 1). null: as ever',
  }),
  header_background: Type.Union([Type.Null(), Color], { description: 'The text on it is black or white' }),
  header_links: links,
  footer_links: links,
  logo: Type.Union([Type.Null(), Type.String({ maxLength: 700_000, contentEncoding: 'base64' })], {
    description: 'PNG, JPEG or WebP of 512 KB at most, in base64; null removes it',
  }),
}
const changeable = Type.Partial(Type.Object(looks)).properties

export const WebsiteInput = Type.Object(
  { ...changeable, domain: Type.String({ minLength: 1, maxLength: 253 }), title },
  { title: 'NewWebsite' },
)
export const WebsitePatch = Type.Object(changeable, { title: 'WebsiteChange' })
export type WebsitePatch = Static<typeof WebsitePatch>
export const WebsiteId = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })
export const PreviewInput = Type.Object(
  {
    accent: Type.Optional(NullableColor),
    header_background: Type.Optional(NullableColor),
  },
  { title: 'PaletteInput' },
)

const Pair = Type.Object({ light: Type.String(), dark: Type.String() }, { title: 'ColorPair' })
export const PaletteView = Type.Object(
  {
    accent: Pair,
    fill: Pair,
    header: Type.Union([Type.Object({ background: Type.String(), text: Type.String() }), Type.Null()]),
  },
  { title: 'Palette', description: 'The colours that pages have, light and dark' },
)

const shown = {
  title: Type.String(),
  palette: PaletteView,
  logo_url: Type.Union([Type.String(), Type.Null()], { description: 'Path of a PNG on this server' }),
  header_links: Type.Array(Link),
  footer_links: Type.Array(Link),
}

/** How a domain looks, for those who set it. */
export const WebsiteView = Type.Object(
  {
    id: Type.Integer(),
    domain: Type.String(),
    accent: Type.Union([Type.String(), Type.Null()]),
    header_background: Type.Union([Type.String(), Type.Null()]),
    ...shown,
    created_at: Type.String(),
    updated_at: Type.String(),
  },
  { title: 'Website' },
)
export type WebsiteView = Static<typeof WebsiteView>

/** How pages look under the host that was asked. */
export const PublicWebsite = Type.Object(
  { domain: Type.Union([Type.String(), Type.Null()], { description: 'null: nothing is set for this host' }), ...shown },
  { title: 'PublicWebsite' },
)

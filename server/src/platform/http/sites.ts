/** A link that an operator put on every page. */
export interface SiteLink {
  text: string
  /** An https address, `mailto:`, or a path of this server. */
  url: string
}

/** How pages look under a domain. */
export interface Site {
  title: string
  /** Path of the style sheet with its colours and logo. */
  styles: string
  header_links: readonly SiteLink[]
  footer_links: readonly SiteLink[]
}

/** The site of the host that a browser asked for (`Host`), if there is one. */
export type FindSite = (host: string | undefined) => Site | undefined

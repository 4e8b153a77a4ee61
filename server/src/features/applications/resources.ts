/** Stands for any resource, as applications had it before they were told which. */
const ANY = '*'

/** Why something cannot be a resource of an application (RFC 8707, section 2), or `undefined`. */
export function resourceError(resource: string): string | undefined {
  if (resource === ANY) return undefined
  if (/\s/.test(resource) || !URL.canParse(resource)) return 'must be an absolute URI.'
  return resource.includes('#') ? 'cannot contain a fragment.' : undefined
}

/** Whether an application may ask for tokens that are for this resource, which is compared to the letter. */
export const mayNameResource = (resources: string, resource: string): boolean =>
  resourcesOf(resources).some((known) => known === ANY || known === resource)

/** Whether the latter list leaves out anything that the former has. */
export const losesResource = (before: string, after: string): boolean =>
  resourcesOf(before).some((resource) => !mayNameResource(after, resource))

/** The list of its text. */
export const resourcesOf = (text: string): readonly string[] => (text === '' ? [] : text.split(' '))

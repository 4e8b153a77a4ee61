/** What a check of `barong doctor` found, with the next step where there is a problem. */
export interface Finding {
  ok: boolean
  text: string
}

export const fine = (text: string): Finding => ({ ok: true, text })
export const problem = (text: string): Finding => ({ ok: false, text })

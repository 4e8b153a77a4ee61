/**
 * UTF-16 units of the longest text that is brought into a normal form. What has at most 128 characters in any of the forms
 * (the longest password) has fewer than this before: no four characters become less than one.
 */
export const LONGEST_NORMALIZED = 1024

/**
 * A text in a normal form of Unicode (UAX 15), or as it came where it is longer than anything that would be taken. Marks of
 * one letter are put into their order one by one, which takes minutes for a body full of them.
 */
export const normalForm = (form: 'NFKC' | 'NFKD', text: string): string =>
  text.length > LONGEST_NORMALIZED ? text : text.normalize(form)

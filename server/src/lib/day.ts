const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

/**
 * The calendar day a text names, as `YYYY-MM-DD` (ISO 8601); undefined when it names none. Year, month and day stand in
 * this order, divided by `-`, `/` or `.`; blanks around them are ignored.
 */
export function parseDay(text: string): string | undefined {
  const [, year = '', , month = '', day = ''] = /^(\d{4})([-/.])(\d{2})\2(\d{2})$/.exec(text.trim()) ?? []
  if (year === '0000' || Number(day) < 1 || Number(day) > daysIn(Number(year), Number(month))) return undefined
  return `${year}-${month}-${day}`
}

function daysIn(year: number, month: number): number {
  const isLeapYear = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  if (month === 2 && isLeapYear) return 29
  return DAYS_IN_MONTH[month - 1] ?? 0
}

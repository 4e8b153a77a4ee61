/** Whether one goes on to the console, whose pages have what somebody looks for behind the `#`. Others are given none that came in a link. */
export const isOfConsole = (path: string): boolean => /^\/admin([/?]|$)/.test(path)

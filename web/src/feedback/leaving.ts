import { useBlocker } from '@tanstack/react-router'

/** Asks before the page is left while there is something to lose, which `isAtStake` tells at that very moment. */
export function useLeaveWarning(isAtStake: () => boolean, question: string): void {
  useBlocker({
    shouldBlockFn: () => isAtStake() && !window.confirm(question),
    enableBeforeUnload: isAtStake,
    disabled: !isAtStake(),
  })
}

/** How the operator asks pods for their status. */
export const POD_ACCESS = ['direct', 'proxy'] as const;

/** One way of asking pods for their status. */
export type PodAccess = (typeof POD_ACCESS)[number];

import type { CallRecord } from '../../../../src/operator/kube/kube-transport.ts';

/** The rights that the API server checks for a request. An apply that creates an object needs two rights. */
export function rightsOf({ method, path, code, watch }: CallRecord): string[] {
  const match =
    /^\/apis?\/(?:([^/]+)\/)?[^/]+\/namespaces\/[^/]+\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(
      path,
    );
  const [, group = '', plural = '', name, subresource] = match ?? [];
  const resource = `${group} ${plural}${subresource === undefined ? '' : `/${subresource}`}`.trim();
  switch (method) {
    case 'GET':
      if (name !== undefined) return [`${resource} get`];
      return [`${resource} ${watch ? 'watch' : 'list'}`];
    case 'PATCH':
      return code === '201' ? [`${resource} create`, `${resource} patch`] : [`${resource} patch`];
    case 'POST':
      return [`${resource} create`];
    default:
      return [`${resource} delete`];
  }
}

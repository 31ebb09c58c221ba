/** The text of a kubeconfig for a bearer token, with the authority's certificate in it. JSON is YAML. */
export function kubeconfig(cluster: {
  readonly server: string;
  readonly caPem: string;
  readonly token: string;
}): string {
  const authority = Buffer.from(cluster.caPem).toString('base64');
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'harness',
      contexts: [{ name: 'harness', context: { cluster: 'harness', user: 'admin' } }],
      clusters: [
        {
          name: 'harness',
          cluster: { server: cluster.server, 'certificate-authority-data': authority },
        },
      ],
      users: [{ name: 'admin', user: { token: cluster.token } }],
    },
    undefined,
    2,
  );
}

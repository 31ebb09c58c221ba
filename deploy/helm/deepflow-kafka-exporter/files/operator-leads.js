// Ends well when one of the operators leads, has renewed its Lease lately, and is ready. Otherwise it says what is wrong.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, NAME, NAMESPACE } = process.env;
const token = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8');
const host = (address) => (address.includes(':') ? `[${address}]` : address);

const get = async (path) => {
  const url = `https://${host(KUBERNETES_SERVICE_HOST)}:${KUBERNETES_SERVICE_PORT}${path}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
};

const check = async () => {
  const lease = await get(`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases/${NAME}`);
  const { holderIdentity = '', leaseDurationSeconds = 0, renewTime = 0 } = lease.spec;
  if (holderIdentity === '') throw new Error(`no operator holds the Lease ${NAME}`);
  const age = (Date.now() - Date.parse(renewTime)) / 1000;
  if (age > leaseDurationSeconds) throw new Error(`${holderIdentity} renewed the Lease ${age} s ago`);
  const [pod] = holderIdentity.split('_');
  const { status } = await get(`/api/v1/namespaces/${NAMESPACE}/pods/${pod}`);
  const ready = await fetch(`http://${host(status.podIP)}:8081/readyz`);
  if (!ready.ok) throw new Error(`${pod} is not ready: ${await ready.text()}`);
  return `${pod} leads and is ready`;
};

const deadline = Date.now() + 60_000;
for (;;) {
  try {
    console.log(await check());
    break;
  } catch (error) {
    if (Date.now() > deadline) throw error;
    await sleep(1000);
  }
}

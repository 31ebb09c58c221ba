import { type ConditionState, setter } from '../../api/conditions.ts';
import { podSelector } from '../../desired/labels.ts';
import { workloadName } from '../../desired/names.ts';
import { rollout } from '../observe/deployment-state.ts';
import type { Observation } from '../observe/observation.ts';

const workload = setter('WorkloadAvailable');

/** The condition WorkloadAvailable: whether Kubernetes runs the exporter's pods as configured. */
export function workloadCondition(observation: Observation): ConditionState {
  const deployment = observation.owned.find(({ kind }) => kind === 'Deployment');
  const { name, namespace } = observation.resource.metadata;
  const { enabled } = observation.resource.spec;
  if (deployment === undefined) {
    return workload('False', 'NotCreated', `Deployment ${workloadName(name)} does not exist yet`);
  }
  const { complete, refusal, deadlineExceeded } = rollout(deployment);
  if (!enabled) {
    return complete
      ? workload('True', 'Disabled', 'spec.enabled is false: the exporter is scaled to zero')
      : workload('False', 'ScalingDown', 'spec.enabled is false: the exporter is being stopped');
  }
  if (complete) return workload('True', 'Available', 'the exporter runs as configured');
  const waiting = observation.pods.find((pod) => pod.waiting !== undefined)?.waiting;
  const pods = `--namespace ${namespace} --selector ${podSelector(name)}`;
  if (refusal !== undefined) return workload('False', 'PodRefused', withoutPodName(refusal));
  if (waiting !== undefined) return podProblem(waiting, pods);
  if (deadlineExceeded) {
    return workload(
      'False',
      'ProgressDeadlineExceeded',
      `the pod did not become ready in time: see kubectl describe pods ${pods}`,
    );
  }
  return workload('False', 'Progressing', 'the pod is not available yet');
}

/** Kubernetes alternates between several reasons for one problem, but the condition must not change. */
function podProblem(waiting: string, pods: string): ConditionState {
  switch (waiting) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return workload(
        'False',
        'ImagePullFailed',
        `the node cannot pull the exporter's image: see kubectl describe pods ${pods}`,
      );
    case 'CrashLoopBackOff':
      return workload(
        'False',
        'PodCrashing',
        `the exporter crashes repeatedly: see kubectl logs ${pods} --previous`,
      );
    case 'Unschedulable':
      return workload(
        'False',
        'PodUnschedulable',
        `the pod cannot be scheduled to a node: see kubectl describe pods ${pods}`,
      );
    case 'ContainerCreating':
    case 'PodInitializing':
      return workload('False', 'Progressing', 'the pod is not available yet');
    default:
      return workload(
        'False',
        'PodNotStarting',
        `the pod does not start (${waiting}): see kubectl describe pods ${pods}`,
      );
  }
}

/** ReplicaSets name the refused pod, and every try has another name. Without the name, the message does not change. */
function withoutPodName(message: string): string {
  return message.replace(/^pods "[^"]*" is forbidden/, 'the pod is forbidden');
}

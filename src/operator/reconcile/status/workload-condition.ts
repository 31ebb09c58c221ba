import { type ConditionState, setter } from '../../api/status/conditions.ts';
import { podSelector } from '../../desired/labels.ts';
import { workloadName } from '../../desired/names.ts';
import { rollout } from '../observe/deployment-state.ts';
import type { Observation, ObservedPod } from '../observe/observation.ts';
import { problemOf } from './judged-pods.ts';

const workload = setter('WorkloadAvailable');

/** The condition WorkloadAvailable: whether Kubernetes runs the exporter's pods as configured. */
export function workloadCondition(observation: Observation): ConditionState {
  const deployment = observation.owned.find(({ kind }) => kind === 'Deployment');
  const { name, namespace } = observation.resource.metadata;
  const { enabled } = observation.resource.spec;
  if (deployment === undefined) {
    return workload('False', 'NotCreated', `Deployment ${workloadName(name)} does not exist yet`);
  }
  const { complete, deadlineExceeded, replicas } = rollout(deployment);
  const refusal = observation.podRefusal;
  if (!enabled) {
    return complete
      ? workload('True', 'Disabled', 'spec.enabled is false: the exporter is scaled to zero')
      : workload('False', 'ScalingDown', 'spec.enabled is false: the exporter is being stopped');
  }
  if (replicas === 0) {
    const target = `deployment ${workloadName(name)} --namespace ${namespace}`;
    return workload(
      'False',
      'ScaledToZero',
      `the Deployment has 0 replicas, so nothing is exported; scale it up: kubectl scale ${target} --replicas=1`,
    );
  }
  if (complete) return workload('True', 'Available', 'the exporter runs as configured');
  const stopped = stoppedRollout(observation);
  if (stopped !== undefined) return stopped;
  const waiting = observation.pods.find((pod) => pod.waiting !== undefined)?.waiting;
  const pods = `--namespace ${namespace} --selector ${podSelector(name)}`;
  if (refusal !== undefined) return workload('False', 'PodRefused', withoutPodName(refusal));
  const problem = waiting === undefined ? undefined : podProblem(waiting, pods);
  if (problem !== undefined && problem.reason !== 'Progressing') return problem;
  const other = observation.pods.find((pod) => pod.otherWaiting !== undefined)?.otherWaiting;
  if (other !== undefined) return otherProblem(other, pods);
  if (problem !== undefined) return problem;
  if (deadlineExceeded) {
    return workload(
      'False',
      'ProgressDeadlineExceeded',
      `the pod did not become ready in time: see kubectl describe pods ${pods}`,
    );
  }
  return workload('False', 'Progressing', 'the pod is not available yet');
}

/** A rollout whose new pod cannot deliver. Kubernetes keeps the former pods, because the new pod does not become ready. */
function stoppedRollout({ pods }: Observation): ConditionState | undefined {
  const running = pods.filter((pod) => pod.running);
  const broken = running.find((pod) => pod.updated && !pod.ready && problemOf(pod) !== undefined);
  const problem = broken === undefined ? undefined : problemOf(broken);
  if (problem === undefined || running.every((pod) => pod.updated)) return undefined;
  return workload(
    'False',
    'RolloutStopped',
    `the new pod cannot deliver, so the former pods go on: ${problem.message}`,
  );
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

/** A container of the pod that the operator did not make: the exporter's container may run, but the pod is not ready. */
function otherProblem(
  { container, reason }: NonNullable<ObservedPod['otherWaiting']>,
  pods: string,
): ConditionState {
  const why = reason === 'ErrImagePull' ? 'ImagePullBackOff' : reason;
  return workload(
    'False',
    'PodNotStarting',
    `the container ${container}, which is not the exporter's, keeps the pod from being ready (${why}): see kubectl describe pods ${pods}`,
  );
}

/** ReplicaSets name the refused pod, and every try has another name. Without the name, the message does not change. */
function withoutPodName(message: string): string {
  return message.replace(/^pods "[^"]*" is forbidden/, 'the pod is forbidden');
}

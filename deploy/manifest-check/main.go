// Command manifest-check reads Kubernetes manifests (a JSON array of objects) from stdin and says what the API server
// of this Kubernetes version would refuse: unknown fields, wrong types, and whatever its own validation says.
// It prints one JSON line {"kind", "name", "errors"} an object and exits 1 if any has errors.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/apps"
	appsvalidation "k8s.io/kubernetes/pkg/apis/apps/validation"
	"k8s.io/kubernetes/pkg/apis/autoscaling"
	autoscalingvalidation "k8s.io/kubernetes/pkg/apis/autoscaling/validation"
	"k8s.io/kubernetes/pkg/apis/batch"
	batchvalidation "k8s.io/kubernetes/pkg/apis/batch/validation"
	"k8s.io/kubernetes/pkg/apis/core"
	corevalidation "k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/apis/networking"
	networkingvalidation "k8s.io/kubernetes/pkg/apis/networking/validation"
	"k8s.io/kubernetes/pkg/apis/policy"
	policyvalidation "k8s.io/kubernetes/pkg/apis/policy/validation"
	"k8s.io/kubernetes/pkg/apis/rbac"
	rbacvalidation "k8s.io/kubernetes/pkg/apis/rbac/validation"

	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/autoscaling/install"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	_ "k8s.io/kubernetes/pkg/apis/policy/install"
	_ "k8s.io/kubernetes/pkg/apis/rbac/install"
)

type verdict struct {
	Kind   string   `json:"kind"`
	Name   string   `json:"name"`
	Errors []string `json:"errors"`
}

func main() {
	var manifests []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&manifests); err != nil {
		fmt.Fprintln(os.Stderr, "expected a JSON array of manifests:", err)
		os.Exit(2)
	}
	strict := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	refused := false
	out := json.NewEncoder(os.Stdout)
	for _, raw := range manifests {
		said := check(strict.UniversalDecoder(), raw)
		refused = refused || len(said.Errors) > 0
		_ = out.Encode(said)
	}
	if refused {
		os.Exit(1)
	}
}

func check(decoder runtime.Decoder, raw []byte) verdict {
	var head struct {
		Kind     string
		Metadata struct{ Name, Namespace string }
	}
	_ = json.Unmarshal(raw, &head)
	said := verdict{Kind: head.Kind, Name: head.Metadata.Name, Errors: []string{}}
	object, _, err := decoder.Decode(raw, nil, nil)
	if err != nil {
		said.Errors = append(said.Errors, err.Error())
		return said
	}
	if meta, err := meta.Accessor(object); err == nil {
		meta.SetUID("00000000-0000-0000-0000-000000000000")
		if meta.GetNamespace() == "" {
			meta.SetNamespace("default")
		}
	}
	for _, problem := range validate(object) {
		said.Errors = append(said.Errors, problem.Error())
	}
	return said
}

// validate asks the API server's own functions.
func validate(object runtime.Object) field.ErrorList {
	pods := corevalidation.PodValidationOptions{}
	switch o := object.(type) {
	case *apps.Deployment:
		return appsvalidation.ValidateDeployment(o, pods)
	case *apps.StatefulSet:
		return appsvalidation.ValidateStatefulSet(o, pods)
	case *batch.Job:
		selectOwnPods(o)
		return batchvalidation.ValidateJob(o, batchvalidation.JobValidationOptions{RequirePrefixedLabels: true})
	case *autoscaling.HorizontalPodAutoscaler:
		return autoscalingvalidation.ValidateHorizontalPodAutoscaler(o, autoscalingvalidation.HorizontalPodAutoscalerSpecValidationOptions{})
	case *networking.NetworkPolicy:
		return networkingvalidation.ValidateNetworkPolicy(o, networkingvalidation.NetworkPolicyValidationOptions{})
	case *networking.Ingress:
		return networkingvalidation.ValidateIngressCreate(o)
	case *policy.PodDisruptionBudget:
		return policyvalidation.ValidatePodDisruptionBudget(o, policyvalidation.PodDisruptionBudgetValidationOptions{})
	case *rbac.Role:
		return rbacvalidation.ValidateRole(o)
	case *rbac.RoleBinding:
		return rbacvalidation.ValidateRoleBinding(o)
	case *core.Service:
		// As the server does before it validates (pkg/registry/core/service/strategy.go).
		if o.Spec.ClusterIP != "" && len(o.Spec.ClusterIPs) == 0 {
			o.Spec.ClusterIPs = []string{o.Spec.ClusterIP}
		}
		return corevalidation.ValidateServiceCreate(o)
	case *core.ServiceAccount:
		return corevalidation.ValidateServiceAccount(o)
	case *core.ConfigMap:
		return corevalidation.ValidateConfigMap(o)
	case *core.Secret:
		return corevalidation.ValidateSecret(o)
	case *core.PersistentVolumeClaim:
		return corevalidation.ValidatePersistentVolumeClaim(o, corevalidation.PersistentVolumeClaimSpecValidationOptions{})
	}
	return field.ErrorList{field.Invalid(field.NewPath("kind"), fmt.Sprintf("%T", object), "manifest-check knows no such kind")}
}

// selectOwnPods sets what the server sets in a Job before it validates it (pkg/registry/batch/job/strategy.go).
func selectOwnPods(job *batch.Job) {
	if job.Spec.Template.Labels == nil {
		job.Spec.Template.Labels = map[string]string{}
	}
	for _, label := range []string{batch.LegacyJobNameLabel, batch.JobNameLabel} {
		job.Spec.Template.Labels[label] = job.Name
	}
	for _, label := range []string{batch.LegacyControllerUidLabel, batch.ControllerUidLabel} {
		job.Spec.Template.Labels[label] = string(job.UID)
	}
	job.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{batch.ControllerUidLabel: string(job.UID)}}
}

-- Replaces one pod after the other. The annotation is not that of kubectl rollout restart: the operator would put a later
-- restart of the Deployment by kubectl back.
local os = require("os")

if obj.spec.podTemplate == nil then
  obj.spec.podTemplate = {}
end
if obj.spec.podTemplate.annotations == nil then
  obj.spec.podTemplate.annotations = {}
end
obj.spec.podTemplate.annotations["export.deepflow.io/restartedAt"] = os.date("!%Y-%m-%dT%XZ")

return obj

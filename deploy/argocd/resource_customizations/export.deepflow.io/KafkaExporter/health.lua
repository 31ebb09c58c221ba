-- The health of a KafkaExporter by its conditions, which follow kstatus: Stalled is True only if a user has to act, and
-- status.observedGeneration is behind until the operator has seen the current spec.
local health = { status = "Progressing", message = "Waiting for the operator" }

if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  return health
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end

local function isTrue(type)
  return conditions[type] ~= nil and conditions[type].status == "True"
end

if isTrue("Stalled") then
  health.status = "Degraded"
  health.message = conditions["Stalled"].message
elseif isTrue("Suspended") then
  health.status = "Suspended"
  health.message = conditions["Suspended"].message
elseif isTrue("Ready") then
  health.status = "Healthy"
  health.message = conditions["Ready"].message
elseif conditions["Ready"] ~= nil then
  health.message = conditions["Ready"].message
end

return health

local suspended = obj.spec ~= nil and obj.spec.suspend == true
local enabled = obj.spec == nil or obj.spec.enabled ~= false

return {
  -- A suspended operator rolls no pods, and without pods there is nothing to restart.
  ["restart"] = { ["disabled"] = suspended or not enabled },
  ["suspend"] = { ["disabled"] = suspended },
  ["resume"] = { ["disabled"] = not suspended },
}

-- The operator changes nothing until resume. The pods go on exporting.
obj.spec.suspend = true

return obj

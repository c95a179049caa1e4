module script

go 1.19

require latzero v0.0.0

replace latzero => ../../../abi/bindings/go

module latzero

go 1.19

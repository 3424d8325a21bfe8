module mapfix/gofacts

go 1.21

module mapfix.dev/bench/measure

go 1.21

# Recipes of doublet; each is also a plain cargo line.

# Everything a commit must pass.
check:
    cargo fmt --all -- --check
    cargo clippy --workspace --all-targets -- -D warnings
    cargo test --workspace
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# All tests.
test:
    cargo test --workspace

# All benches, each a ratio against the peer or closed form that it names.
bench:
    cargo bench --workspace

# Damaged measurement files, many more than the tests read: `just fuzz 20000 7`.
fuzz cases="20000" seed="1":
    DOUBLET_FUZZ_CASES={{cases}} DOUBLET_FUZZ_SEED={{seed}} cargo test --release -p doublet-tests --test hostile_xrd damaged

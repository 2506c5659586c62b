# mage2sage: what each command does stands behind ##; `make help` lists them.
GO      ?= go
BIN     := bin
KAFKA   ?=
DEBEZIUM ?=
READERS ?=
export KAFKA DEBEZIUM READERS

.PHONY: help demo test unit race race-snapshot kills e2e outages nemesis contract bench bench-debezium readers build lint fmt install

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | sort | expand -t 16

demo: install build ## place 50 orders in a private Magento database and see them in Sage's ledger, to the penny (KEEP=1 leaves it running)
	@$(GO) build -o $(BIN)/demo ./testenv/demo
	@$(BIN)/demo --binary $(BIN)/mage2sage $(if $(KEEP),--keep)

test: install ## run every test against private servers (KAFKA=real: Apache Kafka instead of kfake)
	$(GO) run ./testenv/start -- $(GO) test -count=1 -timeout 20m ./...

unit: ## run the tests that need no server
	$(GO) test -count=1 -short ./...

contract: ## ask a trial business at Sage what nobody has written down, beside what the simulator assumes (SAGE_TRIAL_CLIENT_ID, …; says what to set)
	@$(GO) test -count=1 -timeout 20m -v -run '^TestTrialBusiness$$' ./testenv/contract
	@$(GO) test -count=1 -timeout 20m -v -run '^TestATrialBusiness' ./sink/sage

race: install ## run the short tests of the product with the race detector
	$(GO) run ./testenv/start -- $(GO) test -count=1 -race -short -timeout 40m ./capture/... ./transform/... ./sink/... ./schemas/... ./cmd/...

race-snapshot: install ## read 50,000 rows by snapshots while writers change them, and look at every one (ROWS=n; SOURCE as for test)
	RACE_ROWS=$(or $(ROWS),50000) $(GO) run ./testenv/start --only source,kafka -- $(GO) test -count=1 -timeout 20m -v -run NoRowGoesBack ./capture/

kills: install ## kill a capture 30 times while the shop writes, and compare its topics with the tables (KILLS=n; SOURCE as for test)
	KILLS=$(or $(KILLS),30) $(GO) run ./testenv/start --only source,kafka -- $(GO) test -count=1 -timeout 20m -v -run KilledAgainAndAgain ./capture/

e2e: install ## run the end-to-end tests alone (KAFKA=real as for test)
	$(GO) run ./testenv/start -- $(GO) test -count=1 -timeout 20m -v ./testenv/e2e/...

outages: install build ## take servers, disks, consent and key away in turn (FOR=10s), from stages apart and from run; a table of what status said
	$(GO) run ./testenv/outages --binary $(BIN)/mage2sage --for $(or $(FOR),10s)

nemesis: install ## kill, stop and spoil everything at random while a shop does business, then judge both books (SEED=1, ORDERS=1000, KILLS=100)
	KAFKA=real $(GO) run ./testenv/start --install
	$(GO) build -tags crashpoints -o $(BIN)/mage2sage-crashpoints ./cmd/mage2sage
	KAFKA=real $(GO) run ./testenv/nemesis --binary $(BIN)/mage2sage-crashpoints --seed $(or $(SEED),1) --orders $(or $(ORDERS),1000) --kills $(or $(KILLS),100)

bench: install ## measure latency and throughput on a real Kafka; prints figures, judges nothing
	KAFKA=real $(GO) run ./testenv/start --install
	KAFKA=real $(GO) run ./testenv/start -- sh -ec '\
	  b() { pkg=$$1; shift; $(GO) test -run "^$$" -timeout 30m "$$@" "$$pkg" | grep -E "^Benchmark|FAIL|panic" ; }; \
	  echo "commit in MariaDB to accepted by the simulator, idle shop:";  b ./testenv/e2e -bench CommitToSage -benchtime 1x; \
	  echo "capture draining the binlog of a shop, and one large transaction, into Kafka:"; BENCH_ORDERS=10000 b ./capture -bench Drain -benchtime 3x; \
	  echo "commit in MariaDB to a consumer of the topic, by transactions per second:"; b ./capture -bench Latency -benchtime 1x; \
	  echo "capture taking the snapshot of orders and their items:";      BENCH_ROWS=1000000 b ./capture -bench Snapshot -benchtime 3x; \
	  echo "rows from an event to JSON, beside go-mysql and encoding/json:"; b ./capture/binlog -bench Decode; \
	  echo "a request of records, by compression:";                       b ./schemas/topic -bench Batch; \
	  echo "transform over a raw topic of whole orders: from nothing, by a rebuild, and assembly alone:"; b ./transform -bench CatchUp -benchtime 3x; \
	  echo "one more invoice, and what status and documents ask, by how many there have been:"; b ./sink/postgres -bench ByDocuments -benchtime 50x; \
	  echo "sink against a simulator that answers at once:";              b ./sink -bench Operations -benchtime 500x; \
	  echo "sinks with a backlog against a Sage that lets in 40 calls a second:"; b ./sink -bench Backlog -benchtime 1000x'

bench-debezium: install build ## capture and Debezium in turn on the same log, tables and broker: drain, snapshot, latency, and their ratios (BENCH_RECORDS, BENCH_ROWS, BENCH_RUNS, BENCH_SECONDS)
	KAFKA=real DEBEZIUM=1 $(GO) run ./testenv/start --install
	KAFKA=real $(GO) run ./testenv/start --only source,kafka -- $(GO) run ./testenv/bench --binary $(BIN)/mage2sage

readers: ## read the topics of a small pipe as others do: Confluent's client by a schema registry, Flink SQL
	KAFKA=real READERS=1 $(GO) run ./testenv/start --install
	KAFKA=real READERS=1 $(GO) run ./testenv/start -- $(GO) test -count=1 -timeout 10m -v -run 'OrdinaryClientReads|RecipeForFlink' ./testenv/e2e/

build: ## compile the binary to bin/mage2sage
	@mkdir -p $(BIN)
	CGO_ENABLED=0 $(GO) build -trimpath -o $(BIN)/mage2sage ./cmd/mage2sage

lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'run make fmt'; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

fmt: ## format the code
	gofmt -w .

install: ## fetch what demo and tests need and this machine lacks (DEBEZIUM=1: Debezium too; READERS=1: a schema registry, its client and Flink); nothing running is touched
	@$(GO) run ./testenv/start --install

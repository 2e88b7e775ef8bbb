// Histories of concurrent operations on DynamoDB and SQS, checked for linearizability with Porcupine.
//
//	histories -endpoint URL -workload registers|transactions|fifo [-clients 8] [-ops 10000] [-seed 1] [-bug NAME]
//
// Eight clients call the server at once while somebody kills and restarts it. Every call becomes an interval with what was asked and answered;
// a call without an answer may have taken effect at any later time, or never. Porcupine looks for an order in which the answers are those of a
// single, correct machine. Prints one JSON line; ends with 1 if there is no such order, with 3 if it was not decided in time.
// -bug makes a client misbehave as a faulty server would: the check must then find it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
)

const giveUp = 60 * time.Second // how long a server may be away

type outcome int

const (
	answered   outcome = iota
	unknown            // the connection broke: it may have happened
	notApplied         // it certainly did not happen
)

// workload is one kind of history. step makes a call, records it through run and returns.
type workload interface {
	setUp(ctx context.Context) error
	step(client int, random *rand.Rand)
	model() porcupine.Model
}

type run struct {
	dynamo *dynamodb.Client
	sqs    *sqs.Client
	bug    string
	begin  time.Time
	unique atomic.Int64
	bugs   atomic.Int64

	mutex    sync.Mutex
	history  []porcupine.Operation
	unknowns int
	failure  error
	failed   atomic.Bool
	recorded atomic.Int64
}

func (r *run) now() int64 { return int64(time.Since(r.begin)) }

// seeded says whether the fault is to be made now.
func (r *run) seeded(name string, random *rand.Rand) bool {
	if r.bug != name || random.Intn(100) != 0 {
		return false
	}
	r.bugs.Add(1)
	return true
}

func (r *run) record(client int, call int64, input, output any, what outcome) {
	end := r.now()
	r.mutex.Lock()
	defer r.mutex.Unlock()
	switch what {
	case notApplied:
		return
	case unknown:
		r.unknowns++
		end, output = math.MaxInt64, nil
	}
	r.recorded.Add(1)
	r.history = append(r.history, porcupine.Operation{ClientId: client, Input: input, Call: call, Output: output, Return: end})
}

func (r *run) fail(err error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.failure == nil {
		r.failure = err
		r.failed.Store(true)
	}
}

// judge tells an answer of the service from a connection that broke. A refusal by the service is answered; the caller looks at its code.
func judge(err error) outcome {
	var api smithy.APIError
	var network *net.OpError
	switch {
	case err == nil || errors.As(err, &api):
		return answered
	case errors.As(err, &network) && network.Op == "dial":
		time.Sleep(5 * time.Millisecond) // the server is away
		return notApplied
	default:
		return unknown
	}
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// settled repeats a call that the service promises to make once, until it is answered.
func settled(call func() error) error {
	for until := time.Now().Add(giveUp); ; {
		err := call()
		if judge(err) == answered || time.Now().After(until) {
			return err
		}
	}
}

func main() {
	endpoint := flag.String("endpoint", "", "URL of the server")
	name := flag.String("workload", "registers", "registers, transactions or fifo")
	clients := flag.Int("clients", 8, "clients at work at the same time")
	operations := flag.Int("ops", 10000, "operations in all")
	seed := flag.Int64("seed", 1, "of the random choices")
	bug := flag.String("bug", "", "a fault to make: stale-read, lost-condition, torn-transaction, reordered-group, repeated-message")
	flag.Parse()

	config := aws.Config{
		Region: "us-east-1", BaseEndpoint: endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		Retryer:    func() aws.Retryer { return aws.NopRetryer{} },
		HTTPClient: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: *clients}, Timeout: 30 * time.Second},
	}
	r := &run{dynamo: dynamodb.NewFromConfig(config), sqs: sqs.NewFromConfig(config), bug: *bug, begin: time.Now()}
	workloads := map[string]workload{"registers": &registers{run: r}, "transactions": &transactions{run: r}, "fifo": &fifo{run: r}}
	w := workloads[*name]
	if w == nil {
		fmt.Fprintln(os.Stderr, "histories: no such workload:", *name)
		os.Exit(2)
	}
	if err := w.setUp(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "histories: set-up:", err)
		os.Exit(2)
	}
	fmt.Println("begun")

	var group sync.WaitGroup
	for client := range *clients {
		group.Add(1)
		go func() {
			defer group.Done()
			random := rand.New(rand.NewSource(*seed*1000 + int64(client)))
			for r.recorded.Load() < int64(*operations) && !r.failed.Load() {
				w.step(client, random)
			}
		}()
	}
	group.Wait()
	if r.failure != nil {
		fmt.Fprintln(os.Stderr, "histories:", r.failure)
		os.Exit(2)
	}
	ran := time.Since(r.begin)
	result, info := porcupine.CheckOperationsVerbose(w.model(), r.history, 3*time.Minute)
	line, _ := json.Marshal(map[string]any{"workload": *name, "operations": len(r.history), "unknown": r.unknowns, "seeded": r.bugs.Load(),
		"seconds": math.Round(ran.Seconds()*10) / 10, "check_seconds": math.Round((time.Since(r.begin)-ran).Seconds()*10) / 10, "result": result})
	fmt.Println(string(line))
	if result == porcupine.Ok {
		return
	}
	if path := os.Getenv("HISTORIES_PICTURE"); path != "" {
		if err := porcupine.VisualizePath(w.model(), info, path); err != nil {
			fmt.Fprintln(os.Stderr, "histories:", err)
		}
	}
	if result == porcupine.Illegal {
		os.Exit(1)
	}
	os.Exit(3)
}

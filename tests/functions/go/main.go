// The function of test_languages.py in Go, with AWS's library, linked statically: a bootstrap.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type request struct {
	Do string `json:"do"`
}

type noGood struct{ text string }

func (e *noGood) Error() string { return e.text }

var calls int

func handle(ctx context.Context, in request) (map[string]any, error) {
	calls++
	switch in.Do {
	case "fail":
		return nil, &noGood{"no good"}
	case "panic":
		panic("all is lost")
	case "plain":
		return nil, errors.New("plain")
	case "sleep":
		time.Sleep(time.Minute)
	}
	fmt.Println("seen", in.Do)
	about, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	note := os.WriteFile("/tmp/note", []byte("kept"), 0o644)
	return map[string]any{
		"calls": calls, "do": in.Do, "id": about.AwsRequestID, "arn": about.InvokedFunctionArn, "name": lambdacontext.FunctionName, "version": lambdacontext.FunctionVersion,
		"memory": lambdacontext.MemoryLimitInMB, "group": lambdacontext.LogGroupName, "stream": lambdacontext.LogStreamName, "left": time.Until(deadline).Milliseconds(),
		"colour": os.Getenv("COLOUR"), "tmp": note == nil,
	}, nil
}

func main() {
	if os.Getenv("BROKEN") != "" {
		fmt.Println("about to break")
		os.Exit(4)
	}
	lambda.Start(handle)
}

package main

import (
	"context"
	"fmt"
	"math/rand"
	"slices"
	"strconv"
	"strings"

	"github.com/anishathalye/porcupine"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// FIFO queues with a few message groups each. A send whose connection breaks is repeated with its deduplication id, a receive with its attempt
// id, a delete with its handle: each must then have happened once. Receives take the oldest of a group that nobody holds messages of.

const (
	queueCount     = 10
	groupsPerQueue = 3
	heldFor        = 12 * 60 * 60 // seconds; nothing times out while a history is made
)

type held struct {
	queue               int
	group, body, handle string
}

type fifoInput struct {
	queue       int
	verb        string // send, receive, delete, release
	group, body string
	most        int // receive
}

type fifoOutput struct{ messages []string } // receive: "group/body", in order

type fifo struct {
	*run
	urls  [queueCount]string
	holds [64][]held
}

func (w *fifo) setUp(ctx context.Context) error {
	for q := range w.urls {
		made, err := w.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(fmt.Sprintf("history-%d.fifo", q)),
			Attributes: map[string]string{"FifoQueue": "true", "VisibilityTimeout": strconv.Itoa(heldFor)}})
		if err != nil {
			return err
		}
		w.urls[q] = *made.QueueUrl
	}
	return nil
}

func (w *fifo) step(client int, random *rand.Rand) {
	in := fifoInput{queue: random.Intn(queueCount)}
	holds := w.holds[client]
	switch n := random.Intn(100); {
	case n < 35:
		in.verb, in.group, in.body = "send", string(rune('a'+random.Intn(groupsPerQueue))), strconv.FormatInt(w.unique.Add(1), 10)
	case n < 70 || len(holds) == 0:
		in.verb, in.most = "receive", 1+random.Intn(3)
	case n < 92:
		in.verb = "delete"
	default:
		in.verb = "release"
	}
	start := w.now()
	var out fifoOutput
	var err error
	switch in.verb {
	case "send":
		err = w.send(in, random)
	case "receive":
		out, err = w.receive(in, client, random)
	default:
		i := random.Intn(len(holds))
		h := holds[i]
		w.holds[client] = slices.Delete(holds, i, i+1)
		in.queue, in.group, in.body = h.queue, h.group, h.body
		err = w.letGo(in.verb, h)
	}
	if judge(err) == answered && err != nil {
		w.fail(fmt.Errorf("%+v: %w", in, err))
		return
	}
	w.record(client, start, in, out, judge(err))
}

func (w *fifo) send(in fifoInput, random *rand.Rand) error {
	id := in.body
	for again := range 2 {
		err := settled(func() error {
			_, err := w.sqs.SendMessage(context.Background(), &sqs.SendMessageInput{QueueUrl: &w.urls[in.queue], MessageBody: &in.body, MessageGroupId: &in.group, MessageDeduplicationId: &id})
			return err
		})
		if err != nil || again == 1 || !w.seeded("repeated-message", random) {
			return err
		}
		id += "-again"
	}
	return nil
}

func (w *fifo) receive(in fifoInput, client int, random *rand.Rand) (out fifoOutput, err error) {
	attempt := aws.String(fmt.Sprintf("attempt-%d", w.unique.Add(1)))
	var got *sqs.ReceiveMessageOutput
	err = settled(func() (err error) {
		got, err = w.sqs.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{QueueUrl: &w.urls[in.queue], MaxNumberOfMessages: int32(in.most), ReceiveRequestAttemptId: attempt,
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameMessageGroupId}})
		return err
	})
	if err != nil {
		return out, err
	}
	for _, m := range got.Messages {
		group := m.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)]
		out.messages = append(out.messages, group+"/"+*m.Body)
		w.holds[client] = append(w.holds[client], held{in.queue, group, *m.Body, *m.ReceiptHandle})
	}
	if len(out.messages) > 1 && w.bug == "reordered-group" {
		if strings.Split(out.messages[0], "/")[0] == strings.Split(out.messages[1], "/")[0] && w.seeded("reordered-group", random) {
			out.messages[0], out.messages[1] = out.messages[1], out.messages[0]
		}
	}
	return out, nil
}

func (w *fifo) letGo(verb string, h held) error {
	return settled(func() (err error) {
		if verb == "delete" {
			_, err = w.sqs.DeleteMessage(context.Background(), &sqs.DeleteMessageInput{QueueUrl: &w.urls[h.queue], ReceiptHandle: &h.handle})
		} else {
			_, err = w.sqs.ChangeMessageVisibility(context.Background(), &sqs.ChangeMessageVisibilityInput{QueueUrl: &w.urls[h.queue], ReceiptHandle: &h.handle, VisibilityTimeout: 0})
		}
		return err
	})
}

// The state of a queue is text, so that Porcupine compares and hashes it cheaply: by group "1*,2,3;", a star behind what is in flight.
type fifoState [groupsPerQueue]string

func messagesOf(group string) []string {
	if group == "" {
		return nil
	}
	return strings.Split(group, ",")
}
func locked(group string) bool { return strings.Contains(group, "*") }

func fifoStep(state, input, output any) (bool, any) {
	s, in := state.(fifoState), input.(fifoInput)
	if in.verb == "receive" {
		out, told := output.(fifoOutput)
		return told && receiveStep(&s, in, out), s
	}
	g := in.group[0] - 'a'
	all := messagesOf(s[g])
	at := slices.Index(all, in.body+"*")
	switch {
	case in.verb == "send":
		all = append(all, in.body)
	case at < 0:
		return false, s
	case in.verb == "delete":
		all = slices.Delete(slices.Clone(all), at, at+1)
	case in.verb == "release":
		all = slices.Clone(all)
		all[at] = in.body
	}
	s[g] = strings.Join(all, ",")
	return true, s
}

// receiveStep: every message is the next of its group, no group was held before, and an empty answer means that there was nothing to give.
func receiveStep(s *fifoState, in fifoInput, out fifoOutput) bool {
	before := *s
	for _, m := range out.messages {
		name, body, _ := strings.Cut(m, "/")
		g := name[0] - 'a'
		all := messagesOf(s[g])
		next := slices.IndexFunc(all, func(one string) bool { return !strings.HasSuffix(one, "*") })
		if locked(before[g]) || next < 0 || all[next] != body {
			return false
		}
		all = slices.Clone(all)
		all[next] += "*"
		s[g] = strings.Join(all, ",")
	}
	if len(out.messages) > 0 {
		return true
	}
	return !slices.ContainsFunc(before[:], func(group string) bool { return group != "" && !locked(group) })
}

func (w *fifo) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return fifoState{} },
		Step: fifoStep,
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			return partition(history, func(input any) string { return strconv.Itoa(input.(fifoInput).queue) })
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v → %+v", input, output) },
	}
}

// The strongest bridge MQTT -> RocketMQ that we could write by hand in Go, as a peer for bench/run.
//
// One goroutine (the MQTT client's) reads and filters, one sends what waits, up to batchMax messages in one request,
// and acknowledges in the order of arrival, only when RocketMQ has stored them. A failed request is repeated until it
// is stored: nothing is dropped, and nothing later overtakes it. While RocketMQ is away messages wait in memory, as
// many as the MQTT broker allows in flight; the MQTT connection lives on.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/apache/rocketmq-client-go/v2"
	"github.com/apache/rocketmq-client-go/v2/primitive"
	"github.com/apache/rocketmq-client-go/v2/producer"
	"github.com/apache/rocketmq-client-go/v2/rlog"
	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const (
	batchMax = 200   // messages that pass the filter in one request
	roundMax = 2000  // messages, passing or not, before the acknowledgements of a round go out
	waiting  = 65535 // no fewer than MQTT allows in flight, so that the MQTT client's reading never blocks
	pause    = 200 * time.Millisecond
)

// reading is the part of the payload that the bridge needs; the rest is skipped by the decoder.
type reading struct {
	ID          string  `json:"id"`
	Alarm       string  `json:"alarm"`
	Temperature float64 `json:"temperature"`
}

// arrival is a message to acknowledge; record is nil when the filter drops it.
type arrival struct {
	source mqtt.Message
	record *primitive.Message
}

// convert gives nil for what does not pass, and for what is no JSON: neither will ever be owed.
func convert(payload []byte, topic string) *primitive.Message {
	var value reading
	if err := json.Unmarshal(payload, &value); err != nil || value.Temperature <= 50 {
		return nil
	}
	record := primitive.NewMessage(topic, payload)
	record.WithKeys([]string{value.ID})
	record.WithTag(value.Alarm)
	return record
}

// acknowledge may find that the connection on which the message came is gone: then the MQTT client's channel is closed,
// and it panics. The broker sends that message again, so the panic is to be ignored.
func acknowledge(message mqtt.Message) {
	defer func() { _ = recover() }()
	message.Ack()
}

// store returns when all records are stored.
func store(sink rocketmq.Producer, records []*primitive.Message) {
	for len(records) > 0 {
		result, err := sink.SendSync(context.Background(), records...)
		// Every status that comes without an error says that the broker has the messages.
		if err == nil {
			return
		}
		log.Printf("send of %d: %v %v", len(records), err, result)
		time.Sleep(pause)
	}
}

// deliver sends and acknowledges forever: waits for one message, takes what else is there, and does not wait for more.
func deliver(arrivals <-chan arrival, sink rocketmq.Producer) {
	round := make([]mqtt.Message, 0, roundMax)
	records := make([]*primitive.Message, 0, batchMax)
	for first := range arrivals {
		round, records = round[:0], records[:0]
		next, more := first, true
		for more {
			round = append(round, next.source)
			if next.record != nil {
				records = append(records, next.record)
			}
			if len(records) == batchMax || len(round) == roundMax {
				break
			}
			select {
			case next, more = <-arrivals:
			default:
				more = false
			}
		}
		store(sink, records)
		for _, message := range round {
			acknowledge(message)
		}
	}
}

func startSink(nameServer, group string) (rocketmq.Producer, error) {
	rlog.SetLogLevel("error")
	sink, err := rocketmq.NewProducer(
		producer.WithNsResolver(primitive.NewPassthroughResolver([]string{nameServer})),
		producer.WithGroupName(group),
		producer.WithRetry(0), // store repeats, and waits between the attempts
	)
	if err != nil {
		return nil, err
	}
	return sink, sink.Start()
}

func startSource(address, filter, clientID string, handle mqtt.MessageHandler) (mqtt.Client, error) {
	options := mqtt.NewClientOptions().
		AddBroker("tcp://" + address).
		SetClientID(clientID).
		SetCleanSession(false).
		SetOrderMatters(true).
		SetAutoAckDisabled(true).
		SetAutoReconnect(true).
		SetMaxReconnectInterval(time.Second).
		SetCustomOpenConnectionFn(openBuffered).
		SetDefaultPublishHandler(handle). // an old session's messages come before the subscription
		SetOnConnectHandler(func(client mqtt.Client) {
			if token := client.Subscribe(filter, 1, nil); token.Wait() && token.Error() != nil {
				log.Printf("subscribe: %v", token.Error())
				return
			}
			fmt.Println("READY")
		})
	client := mqtt.NewClient(options)
	token := client.Connect()
	token.Wait()
	return client, token.Error()
}

func main() {
	address := flag.String("mqtt", "127.0.0.1:1883", "host:port of the MQTT broker")
	filter := flag.String("filter", "bench/#", "MQTT topic filter")
	nameServer := flag.String("nameserver", "127.0.0.1:9876", "host:port of the RocketMQ name server")
	topic := flag.String("topic", "BENCH", "RocketMQ topic")
	clientID := flag.String("client", "go-bridge", "MQTT client identifier and producer group")
	flag.Parse()

	sink, err := startSink(*nameServer, *clientID)
	if err != nil {
		log.Fatalf("RocketMQ: %v", err)
	}
	arrivals := make(chan arrival, waiting)
	go deliver(arrivals, sink)
	client, err := startSource(*address, *filter, *clientID, func(_ mqtt.Client, message mqtt.Message) {
		arrivals <- arrival{message, convert(message.Payload(), *topic)}
	})
	if err != nil {
		log.Fatalf("MQTT: %v", err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	<-stop
	client.Disconnect(250)
	_ = sink.Shutdown()
}

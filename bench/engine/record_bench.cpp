// Times a task's work on a message without I/O: the bytes of a PUBLISH in, the bytes of a RocketMQ record out; filter,
// key, tag, message id, and the payload as the body. Ends with 1 if a message costs an allocation.
#include "base/bench.h"
#include "connectors/rocketmq_record.h"
#include "mqtt/decode.h"
#include "mqtt/workload.h"
#include "rocketmq/properties.h"
#include "rocketmq/requests.h"
#include "rocketmq/unique_keys.h"
#include "transform/workload.h"

namespace outflow::bench {
namespace {

// One receive buffer full of telemetry at a time, into batch requests of at most limits::batch_records_max records.
class PublishToRecord {
public:
    explicit PublishToRecord(transform::ProgramDefinition source) : stream_(mqtt::workload::publish_stream()) {
        messages = stream_.messages;
        bytes = stream_.bytes.size();
        stream_.bytes.append(limits::chunk_padding, '\0');
        std::vector<transform::Diagnostic> diagnostics;
        program_ = transform::Program::compile(std::move(source), diagnostics);
    }

    std::uint64_t run() {
        arena_.reset();
        records_.clear();
        out_.clear();
        mqtt::Publish publish;
        std::string_view rest = std::string_view(stream_.bytes).substr(0, bytes);
        while (!rest.empty()) {
            auto header = mqtt::decode_fixed_header(rest, mqtt::Version::v5);
            if (!header) return 0;
            std::string_view packet = rest.substr(header->header_bytes, header->remaining_length);
            if (!mqtt::decode_publish(*header, packet, mqtt::Version::v5, publish)) return 0;
            event::Event event;
            event.topic = publish.topic;
            event.payload = publish.payload;
            event.qos = publish.qos;
            program_->run(event, arena_, scratch_, records_);
            rest.remove_prefix(header->packet_bytes());
        }
        for (std::size_t at = 0; at < records_.size(); at += limits::batch_records_max)
            encode(std::span(records_).subspan(at, std::min(limits::batch_records_max, records_.size() - at)));
        Checksum sum;
        sum.add(records_.size());
        sum.add_samples(out_, 1'021);  // few: it is timed with the rest
        return sum.value();
    }

    std::size_t messages = 0;  // of one run
    std::size_t bytes = 0;

private:
    // The same message ids in every run, so that the bytes are the same.
    void encode(std::span<const transform::Record> records) {
        static constexpr std::chrono::milliseconds born{1'795'000'000'000};
        rocketmq::UniqueKeys keys(0x7F000001, 4'711, 0xABCDEF01);
        rocketmq::SendHeader header;
        header.group = "outflow";
        header.topic = records.front().destination;
        header.born = born;
        header.broker_name = "broker-a";
        rocketmq::SendRequest request(out_, rocketmq::SendRequest::Kind::batch, header);
        for (const transform::Record& record : records) {
            properties_.clear();
            rocketmq::append_property(properties_, rocketmq::property_name::unique_key, keys.next(born));
            connectors::append_record_properties(properties_, record, {}, changes_);
            request.append({record.body, properties_});
        }
        request.finish(7);
    }

    mqtt::workload::Stream stream_;
    std::unique_ptr<transform::Program> program_;
    event::Arena arena_;
    transform::Scratch scratch_;
    std::vector<transform::Record> records_;
    std::string properties_;
    rocketmq::PropertyChanges changes_;
    std::string out_;
};

// Every message passes.
transform::ProgramDefinition all_pass() {
    transform::ProgramDefinition source = transform::workload::filter_key_tag();
    source.filter = json::parse_document(R"({"data":{"body":{"temperature":[{"numeric":[">",0]}]}}})")->root;
    return source;
}

bool allocates(PublishToRecord& work) {
    work.run();  // the first one may still grow buffers
    std::uint64_t before = allocations;
    for (std::size_t done = 0; done < 10'000; done += work.messages) work.run();
    return allocations != before;
}

int run_all(int argc, char** argv) {
    PublishToRecord all(all_pass());
    PublishToRecord half(transform::workload::filter_key_tag());
    if (allocates(all) || allocates(half)) {
        fmt::print(stderr, "record_bench: a message costs an allocation\n");
        return 1;
    }
    return run(
        argc, argv,
        {
            {"publish_to_record/256B_all_pass", 0xAACEA7D9EB4A1728, all.messages, all.bytes, [&] { return all.run(); }},
            {"publish_to_record/256B_half_pass", 0xCF6FED79189A3629, half.messages, half.bytes,
             [&] { return half.run(); }},
        });
}

}  // namespace
}  // namespace outflow::bench

int main(int argc, char** argv) { return outflow::bench::run_all(argc, argv); }

#include "model.hpp"

#include <cstring>

namespace latzero::crash {
namespace {

using Verb = Command::Verb;

template <typename Number>
std::string sum_of(const std::string &bytes, std::int64_t delta) {
    Number sum = 0;
    if (!bytes.empty()) std::memcpy(&sum, bytes.data(), sizeof sum);
    sum += static_cast<Number>(delta);
    return {reinterpret_cast<const char *>(&sum), sizeof sum};
}

// MessagePack: arrays of less than 16 elements, elements of less than 256 bytes.
void append_to(std::string &list, const std::string &element) {
    if (list.empty()) list.push_back(static_cast<char>(0x90));
    list[0]++;
    list.push_back(static_cast<char>(0xc4));
    list.push_back(static_cast<char>(element.size()));
    list += element;
}

// The element at `at`, of such a list.
void take_from(std::string &list, std::size_t at) {
    list.erase(at, 2 + static_cast<unsigned char>(list[at + 1]));
    list[0]--;
}

std::size_t last_of(const std::string &list) {
    std::size_t at = 1;
    for (int left = (list[0] & 0xf) - 1; left > 0; left--) at += 2 + static_cast<unsigned char>(list[at + 1]);
    return at;
}

void store(Model &model, const Entry &entry) {
    if (entry.ttl_ms == kMoment)
        model.values.erase(entry.key);
    else
        model.values[entry.key] = {kBytesType, entry.value, entry.ttl_ms};
}

// A command on one key.
void apply(Model &model, const Command &command, const Entry &entry) {
    const auto found = model.values.find(entry.key);
    const bool there = found != model.values.end();
    switch (command.verb) {
    case Verb::erase:
    case Verb::take: model.values.erase(entry.key); break;
    case Verb::rekey: model.auth_key = entry.value; break;
    case Verb::set_if_present:
    case Verb::borrow_set_return:
        if (there) store(model, entry);
        break;
    case Verb::expire:
        if (there) found->second.ttl_ms = entry.ttl_ms;
        break;
    case Verb::persist:
        if (there) found->second.ttl_ms = 0;
        break;
    case Verb::add:
    case Verb::add_double: {
        Value &value = model.values[entry.key];
        value.type = command.verb == Verb::add ? kInt64Type : kDoubleType;
        const std::string &before = value.bytes.text();
        value.bytes = command.verb == Verb::add ? sum_of<std::int64_t>(before, command.delta)
                                                : sum_of<double>(before, command.delta);
        break;
    }
    case Verb::count:
        if (!there) model.values[entry.key].ttl_ms = entry.ttl_ms;
        model.values[entry.key].type = kInt64Type;
        model.values[entry.key].bytes = sum_of<std::int64_t>(model.values[entry.key].bytes.text(), command.delta);
        break;
    case Verb::pop_front:
    case Verb::pop_back: {
        if (!there || (found->second.bytes.text()[0] & 0xf) == 0) break;
        std::string bytes = found->second.bytes.text();
        take_from(bytes, command.verb == Verb::pop_front ? 1 : last_of(bytes));
        found->second.bytes = std::move(bytes);
        break;
    }
    case Verb::append: {
        Value &value = model.values[entry.key];
        value.type = kListType;
        std::string bytes = value.bytes.text();
        append_to(bytes, entry.value);
        value.bytes = std::move(bytes);
        break;
    }
    default: store(model, entry); break;
    }
}

bool changes_nothing(Verb verb) {
    return verb == Verb::reserve_and_abandon || verb == Verb::sweep || verb == Verb::connect ||
           verb == Verb::disconnect || verb >= Verb::lend;
}

}  // namespace

std::vector<Model> steps_of(const Model &before, const Command &command, const Outcome &outcome) {
    std::vector<Model> steps{before};
    if (changes_nothing(command.verb) || (!command.is_batch() && !is_done(outcome.status))) return steps;
    if (command.verb == Verb::clear) {
        steps.push_back(before);
        steps.back().values.clear();
    }
    for (std::size_t at = 0; at < command.entries.size(); at++) {
        if (command.is_batch() && !is_done(outcome.entries[at])) continue;
        steps.push_back(steps.back());
        apply(steps.back(), command, command.entries[at]);
    }
    return steps;
}

}  // namespace latzero::crash

#include "value/json_encoder.hpp"

#include "base/assert.hpp"

namespace latzero::value {

void JsonEncoder::end_key() {
    Level &level = levels_.back();
    if (level.elements != 1) return;
    const std::string_view key = std::string_view(out_).substr(level.start);
    Token head;
    read_head(key, head);
    level.form = form_of(key.substr(head.size));
    if (level.form == Form::none) return;
    level.counts = false;
    containers_--;
}

void JsonEncoder::open(bool object) {
    LATZERO_ASSERT(levels_.size() < kDeepestForms);
    bool counts = true, pairs = false;
    if (!levels_.empty() && !object) {
        const Level &around = levels_.back();
        pairs = around.form == Form::dict;
        counts = !around.pairs && around.form != Form::extension;
    }
    count_element();
    levels_.push_back({out_.size(), 0, keys_.size(), object, counts, pairs, Form::none});
    containers_ += counts;
}

const char *JsonEncoder::close() {
    const Level level = levels_.back();
    levels_.pop_back();
    containers_ -= level.counts;
    if (level.object) return end_object(level);
    out_.insert(level.start, Head::array(level.elements));
    return nullptr;
}

const char *JsonEncoder::end_object(const Level &level) {
    const std::string_view encoded = out_;
    entries_.clear();
    for (std::size_t i = level.first_key; i < keys_.size(); i++) {
        const std::size_t end = i + 1 < keys_.size() ? keys_[i + 1] : out_.size();
        const std::string_view entry = encoded.substr(keys_[i], end - keys_[i]);
        Token head;
        read_head(entry, head);
        const std::size_t key_size = head.size + head.number;
        entries_.push_back({entry.substr(0, key_size), entry.substr(key_size)});
    }
    const std::size_t entries = entries_.size();
    keys_.resize(level.first_key);
    keep_last(entries_);
    const bool said = entries_.size() == 1 && level.form != Form::none;
    unsure_ |= level.form != Form::none && !said;
    if (!said && entries_.size() == entries) {
        out_.insert(level.start, Head::map(level.elements / 2));
        return nullptr;
    }
    Bytes whole;
    if (!said)
        append_map(entries_, whole);
    else if (const char *const why = append_said(level.form, entries_[0].value, entries_, whole))
        return why;
    out_.replace(level.start, out_.npos, whole);
    return nullptr;
}

}  // namespace latzero::value

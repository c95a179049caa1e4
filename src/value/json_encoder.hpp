// What a parser of JSON meets becomes MessagePack as it comes. The head of a string or container is put before what it
// counts when that is all there: so bytes move once for each container around them, of which there are at most
// kDeepestForms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "value/dict.hpp"
#include "value/json_forms.hpp"
#include "value/token.hpp"
#include "value/value.hpp"
#include "value/wiped.hpp"

namespace latzero::value {

class JsonEncoder {
public:
    explicit JsonEncoder(Bytes &out) : out_(out) {}

    std::size_t brackets() const { return levels_.size(); }
    // Of the innermost container: whether it is an object.
    bool in_object() const { return levels_.back().object; }
    // Whether the value is nested too deep for certain.
    bool too_deep() const { return containers_ > kDeepest; }
    // Whether it may be so without that: there was an object that began as a form, and became an ordinary one.
    bool unsure() const { return unsure_; }

    void scalar(std::string_view encoded) {
        count_element();
        out_ += encoded;
    }
    // A string is appended to out() in pieces, and ends with its start.
    Bytes &out() { return out_; }
    void end_string(std::size_t start) {
        count_element();
        out_.insert(start, Head::text(static_cast<std::uint32_t>(out_.size() - start)));
    }
    // A key is a string that begins and ends so.
    void begin_key() { keys_.push_back(out_.size()); }
    void end_key();
    // There are fewer than kDeepestForms brackets around it.
    void open(bool object);
    // Why what was open is not of its form, or nullptr.
    const char *close();

private:
    struct Level {
        std::size_t start;       // of the elements in out_
        std::uint32_t elements;  // keys among them
        std::size_t first_key;   // in keys_
        bool object;
        bool counts;  // as a container of the value
        bool pairs;   // the array of a dict's entries
        Form form;    // that an object has if it stays alone with its first member
    };

    void count_element() {
        if (!levels_.empty()) levels_.back().elements++;
    }
    const char *end_object(const Level &level);

    Bytes &out_;
    std::vector<Level> levels_;     // not on the stack, where it would lie between texts and what wipes them
    std::uint32_t containers_ = 0;  // that count
    bool unsure_ = false;
    std::vector<std::size_t> keys_;  // where the keys of all open objects begin in out_
    std::vector<Entry> entries_;     // of the object that ends
};

}  // namespace latzero::value

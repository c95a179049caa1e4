using System;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>A call that failed. Its message is the library's sentence, Name what the library calls the status.
    /// </summary>
    public sealed unsafe class LatzeroException : Exception
    {
        public Status Status { get; }
        public string Name { get; }

        /// <summary>Of the call that this thread has made just now.</summary>
        public LatzeroException(Status status) : base(Memory.Text(latzero_last_error()))
        {
            Status = status;
            Name = Memory.Text(latzero_status_name(status));
        }

        public static void Check(Status status)
        {
            if (status != Status.Ok) throw new LatzeroException(status);
        }
    }
}

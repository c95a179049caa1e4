using System;
using System.Runtime.InteropServices;
using static Latzero.LatzeroException;
using static Latzero.Native;

namespace Latzero
{
    /// <summary>A callback that is called with each event until Dispose.</summary>
    public sealed unsafe class Subscription : IDisposable
    {
        // C calls one method, which is there as long as the program, and is told which subscription it is.
        static readonly latzero_event_callback Told = CallBack;
        static readonly IntPtr ToldPointer = Marshal.GetFunctionPointerForDelegate(Told);

        readonly object gate = new object();
        readonly Client client;
        readonly Action<Event> callback;
        GCHandle self;
        ulong registration; // 0 once it has ended

        /// <summary>What the callback has thrown: then it is not called again. null as long as it has not.</summary>
        public Exception Failure { get; private set; }

        internal Subscription(Client client, Action<Event> callback)
        {
            this.client = client;
            this.callback = callback;
        }

        internal void Begin(latzero_watch_options* options)
        {
            self = GCHandle.Alloc(this);
            // An event that comes at once, and ends it, waits until the registration is known.
            lock (gate)
            {
                ulong number = 0;
                var status = latzero_on(client.Handle, options, ToldPointer, (void*)GCHandle.ToIntPtr(self), &number);
                if (status != Status.Ok) self.Free();
                Check(status);
                registration = number;
            }
        }

        /// <summary>Behind it the callback does not run any more; within the callback, behind its return. Any thread may
        /// call it, also again.</summary>
        public void Dispose()
        {
            ulong number;
            lock (gate)
            {
                number = registration;
                registration = 0;
            }
            if (number == 0) return;
            latzero_off(client.Handle, number);
            self.Free();
            client.Forget(this);
        }

        // No exception may pass through C.
        static void CallBack(latzero_event* told, void* data)
        {
            var subscription = (Subscription)GCHandle.FromIntPtr((IntPtr)data).Target;
            try { subscription.callback(Event.Of(*told)); }
            catch (Exception failure)
            {
                subscription.Failure = failure;
                subscription.Dispose();
            }
        }
    }
}
